// The editor, as the page's Rust code uses it: CodeMirror with Dockerfile highlighting,
// completion, hover documentation, diagnostics and the sizes of instructions in the gutter.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { HighlightStyle, StreamLanguage, bracketMatching, syntaxHighlighting } from '@codemirror/language';
import { dockerFile } from '@codemirror/legacy-modes/mode/dockerfile';
import { lintGutter, lintKeymap, setDiagnostics as lintDiagnostics } from '@codemirror/lint';
import { Compartment, EditorState, RangeSetBuilder, StateEffect, StateField } from '@codemirror/state';
import {
  Decoration, EditorView, GutterMarker, drawSelection, gutter, highlightActiveLine, highlightActiveLineGutter,
  hoverTooltip, keymap, lineNumbers,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { FLAGS, INSTRUCTIONS } from './instructions.js';

const highlighting = HighlightStyle.define([
  { tag: tags.keyword, class: 'tok-keyword' },
  { tag: tags.comment, class: 'tok-comment' },
  { tag: tags.string, class: 'tok-string' },
  { tag: [tags.variableName, tags.special(tags.variableName)], class: 'tok-variable' },
  { tag: [tags.number, tags.atom, tags.meta], class: 'tok-atom' },
]);

// The editor lives in a shadow root: there CodeMirror adopts its styles as constructed
// sheets, which the page's content security policy allows, instead of style elements.
const look = EditorView.theme({
  '&': { minHeight: '20rem', maxHeight: '60vh', background: 'var(--surface)', color: 'var(--text)', fontSize: '.875rem' },
  '&.cm-focused': { outline: '2px solid var(--accent)' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55', overflow: 'auto' },
  '.cm-content': { caretColor: 'var(--text)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { background: 'var(--ground)', color: 'var(--quiet)', borderRight: '1px solid var(--line)' },
  '.cm-activeLine, .cm-activeLineGutter': { background: 'color-mix(in srgb, var(--accent) 9%, transparent)' },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': {
    background: 'color-mix(in srgb, var(--accent) 28%, transparent)',
  },
  '.cm-tooltip': { background: 'var(--surface)', color: 'var(--text)', border: '1px solid var(--line)', maxWidth: '26rem' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { background: 'var(--accent)', color: 'var(--on-accent)' },
  '.cm-documentation': { padding: '.5rem .75rem', font: '.875rem/1.5 system-ui, sans-serif' },
  '.cm-documentation p': { margin: '.25rem 0 0' },
  '.cm-marked': { background: 'color-mix(in srgb, var(--accent) 20%, transparent)' },
  '.cm-size-gutter': { textAlign: 'right' },
  '.size-mark': { fontSize: '.75rem', padding: '0 .375rem', color: 'var(--accent)', whiteSpace: 'nowrap' },
  '.size-mark.assumed': { color: 'var(--warn)', fontStyle: 'italic' },
  '.tok-keyword': { color: 'var(--keyword)', fontWeight: '600' },
  '.tok-string': { color: 'var(--string)' },
  '.tok-comment': { color: 'var(--comment)', fontStyle: 'italic' },
  '.tok-variable': { color: 'var(--accent)' },
  '.tok-atom': { color: 'var(--warn)' },
});

const setSizesEffect = StateEffect.define();
const setMarkEffect = StateEffect.define();

class SizeMarker extends GutterMarker {
  constructor(size) {
    super();
    this.size = size;
  }

  eq(other) {
    return other.size.text === this.size.text && other.size.title === this.size.title;
  }

  toDOM() {
    const element = document.createElement('span');
    element.className = `size-mark ${this.size.basis}`;
    element.textContent = this.size.text;
    element.title = this.size.title;
    return element;
  }
}

const sizes = StateField.define({
  create: () => [],
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(setSizesEffect)) return effect.value;
    return value;
  },
});

const sizeGutter = gutter({
  class: 'cm-size-gutter',
  lineMarker(view, line) {
    const number = view.state.doc.lineAt(line.from).number;
    const size = view.state.field(sizes).find((candidate) => candidate.line === number);
    return size ? new SizeMarker(size) : null;
  },
  lineMarkerChange: (update) => update.startState.field(sizes) !== update.state.field(sizes),
  initialSpacer: () => new SizeMarker({ text: '+000.0 MB', title: '', basis: 'measured' }),
});

const marked = StateField.define({
  create: () => Decoration.none,
  update(value, transaction) {
    value = value.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setMarkEffect)) continue;
      const builder = new RangeSetBuilder();
      const { first, last } = effect.value;
      const end = Math.min(last, transaction.state.doc.lines);
      for (let number = Math.max(first, 1); number <= end; number++) {
        const { from } = transaction.state.doc.line(number);
        builder.add(from, from, Decoration.line({ class: 'cm-marked' }));
      }
      value = builder.finish();
    }
    return value;
  },
  provide: (field) => EditorView.decorations.from(field),
});

const documentation = hoverTooltip((view, position) => {
  const word = view.state.wordAt(position);
  if (!word) return null;
  const line = view.state.doc.lineAt(position);
  const isFlag = view.state.sliceDoc(word.from - 2, word.from) === '--';
  const text = view.state.sliceDoc(word.from, word.to);
  const before = view.state.sliceDoc(line.from, word.from).trim();
  const entry = isFlag ? FLAGS[text.toLowerCase()] : (before === '' || /^onbuild$/i.test(before)) && INSTRUCTIONS[text.toUpperCase()];
  if (!entry) return null;
  return {
    pos: word.from,
    end: word.to,
    create() {
      const dom = document.createElement('div');
      dom.className = 'cm-documentation';
      const form = document.createElement('code');
      form.textContent = entry.form;
      const about = document.createElement('p');
      about.textContent = entry.about;
      dom.append(form, about);
      return { dom };
    },
  };
});

function completions(names) {
  return (context) => {
    const line = context.state.doc.lineAt(context.pos);
    const before = context.state.sliceDoc(line.from, context.pos);
    let match;
    if ((match = /^\s*([a-z]*)$/i.exec(before))) {
      if (!match[1] && !context.explicit) return null;
      const options = Object.entries(INSTRUCTIONS).map(([label, entry]) => ({ label, type: 'keyword', info: entry.about, apply: `${label} ` }));
      return { from: context.pos - match[1].length, options, validFor: /^[a-z]*$/i };
    }
    if ((match = /^\s*(?:copy|add|run)\b.*--(?:from=|mount=\S*from=)([\w./:-]*)$/i.exec(before))) {
      return { from: context.pos - match[1].length, options: names().stages.concat(names().images), validFor: /^[\w./:-]*$/ };
    }
    if ((match = /^\s*(copy|add|run|from|healthcheck)\s.*?--([\w-]*)$/i.exec(before))) {
      const keyword = match[1].toUpperCase();
      const options = Object.entries(FLAGS)
        .filter(([, flag]) => flag.of.includes(keyword))
        .map(([name, flag]) => ({ label: `--${name}`, type: 'property', info: flag.about, apply: flag.bare ? `--${name}` : `--${name}=` }));
      return { from: context.pos - match[2].length - 2, options, validFor: /^--[\w-]*$/ };
    }
    if ((match = /^\s*from\s+(?:--\S+\s+)?([\w./:-]*)$/i.exec(before))) {
      return { from: context.pos - match[1].length, options: names().stages.concat(names().images), validFor: /^[\w./:-]*$/ };
    }
    return null;
  };
}

// Where text replaces a selection, the browser would keep the old text's look in style
// attributes, which the page's content security policy refuses: the editor does it itself.
function typeOverSelection(event, view) {
  const { main, ranges } = view.state.selection;
  const plain = event.inputType === 'insertText' && event.data !== null && !event.isComposing && event.cancelable;
  if (!plain || main.empty || ranges.length > 1) return false;
  event.preventDefault();
  const insert = () => view.state.update(view.state.replaceSelection(event.data), { userEvent: 'input.type', scrollIntoView: true });
  const taken = view.state.facet(EditorView.inputHandler).some((handle) => handle(view, main.from, main.to, event.data, insert));
  if (!taken) view.dispatch(insert());
  return true;
}

class Editor {
  constructor(parent, text, isDockerfile, label, onChange, onCursor) {
    this.names = { stages: [], images: [] };
    this.language = new Compartment();
    this.silent = false;
    const root = parent.attachShadow({ mode: 'open' });
    this.view = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        doc: text,
        extensions: [
          lineNumbers(), highlightActiveLineGutter(), history(), drawSelection(), highlightActiveLine(), bracketMatching(),
          closeBrackets(), EditorView.lineWrapping, look, syntaxHighlighting(highlighting), lintGutter(), sizes, marked,
          // Escape then Tab leaves the editor, as CodeMirror documents for keyboard users.
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
          EditorState.readOnly.of(document.documentElement.hasAttribute('data-readonly')),
          EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', autocapitalize: 'off' }),
          EditorView.domEventHandlers({ beforeinput: typeOverSelection }),
          this.language.of(this.extensionsFor(isDockerfile)),
          EditorView.updateListener.of((update) => {
            if (update.docChanged && !this.silent) onChange(update.state.doc.toString());
            if (update.selectionSet) onCursor(update.state.doc.lineAt(update.state.selection.main.head).number);
          }),
        ],
      }),
    });
  }

  extensionsFor(isDockerfile) {
    if (!isDockerfile) return [];
    return [
      StreamLanguage.define(dockerFile), sizeGutter, documentation,
      autocompletion({ override: [completions(() => this.names)] }),
    ];
  }
}

/** Makes an editor inside `parent`. */
export function create(parent, text, isDockerfile, label, onChange, onCursor) {
  return new Editor(parent, text, isDockerfile, label, onChange, onCursor);
}

/** Shows another text; the change is not reported back. */
export function setText(editor, text, isDockerfile) {
  editor.silent = true;
  try {
    const { view } = editor;
    const changes = view.state.doc.toString() === text ? undefined : { from: 0, to: view.state.doc.length, insert: text };
    view.dispatch({ changes, effects: editor.language.reconfigure(editor.extensionsFor(isDockerfile)) });
  } finally {
    editor.silent = false;
  }
}

/** Shows findings: [{line, severity, message}]. */
export function setFindings(editor, json) {
  const { state } = editor.view;
  const found = JSON.parse(json).map(({ line, severity, message }) => {
    const { from, to } = state.doc.line(Math.min(Math.max(line, 1), state.doc.lines));
    return { from, to, severity, message };
  });
  editor.view.dispatch(lintDiagnostics(state, found.sort((a, b) => a.from - b.from)));
}

/** Shows what each instruction adds: [{line, text, title, basis}]. */
export function setSizes(editor, json) {
  editor.view.dispatch({ effects: setSizesEffect.of(JSON.parse(json)) });
}

/** Names to complete: {stages: [...], images: [...]}. */
export function setNames(editor, json) {
  const { stages, images } = JSON.parse(json);
  editor.names = {
    stages: stages.map((label) => ({ label, type: 'variable', detail: 'stage', boost: 1 })),
    images: images.map((label) => ({ label, type: 'class' })),
  };
}

/** Marks lines and scrolls to them; 0 marks none. */
export function mark(editor, first, last, scroll) {
  const effects = [setMarkEffect.of({ first, last })];
  const { state } = editor.view;
  if (scroll && first >= 1 && first <= state.doc.lines) {
    effects.push(EditorView.scrollIntoView(state.doc.line(first).from, { y: 'center' }));
  }
  editor.view.dispatch({ effects });
}

/** Puts the cursor on a line. */
export function goTo(editor, line) {
  const { state } = editor.view;
  const { from } = state.doc.line(Math.min(Math.max(line, 1), state.doc.lines));
  editor.view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: 'center' }) });
  editor.view.focus();
}

/** Takes the editor off the page. */
export function destroy(editor) {
  editor.view.destroy();
}
export { readDropped, readFileList } from './upload.js';
