// Lessons: text, questions and checks beside the playground (docs/lessons.md). What a lesson says is
// shown as text and a few plain elements, never as markup.
import { element, ready } from './dom.js';

const KEPT = 'layerlab.lessons';
const page = globalThis.layerlab;

/** Markdown's inline marks: code, strong, emphasis, and links to the web. */
function inline(text) {
  const out = [];
  const marks = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*|\[([^\]]+)\]\((https:\/\/[^)\s]+)\)/g;
  let from = 0;
  for (const match of text.matchAll(marks)) {
    out.push(text.slice(from, match.index));
    const [whole, code, strong, weak, label, address] = match;
    if (code) out.push(element('code', {}, code));
    else if (strong) out.push(element('strong', {}, strong));
    else if (weak) out.push(element('em', {}, weak));
    else out.push(element('a', { href: address, rel: 'noopener noreferrer', target: '_blank' }, label));
    from = match.index + whole.length;
  }
  out.push(text.slice(from));
  return out;
}

/** Markdown's blocks: paragraphs, lists, fenced code and headings. */
export function markdown(text) {
  const out = [];
  const lines = text.replace(/\r/g, '').split('\n');
  for (let at = 0; at < lines.length;) {
    const line = lines[at];
    const list = /^(\d+\.|[-*]) /.exec(line);
    if (line.startsWith('```')) {
      const end = lines.findIndex((other, place) => place > at && other.startsWith('```'));
      const last = end < 0 ? lines.length : end;
      out.push(element('pre', { className: 'code' }, lines.slice(at + 1, last).join('\n')));
      at = last + 1;
    } else if (/^#{1,4} /.test(line)) {
      out.push(element('h3', {}, ...inline(line.replace(/^#+ /, ''))));
      at += 1;
    } else if (list) {
      const items = [];
      for (; at < lines.length && /^(\d+\.|[-*]) /.test(lines[at]); at++) {
        items.push(element('li', {}, ...inline(lines[at].replace(/^(\d+\.|[-*]) /, ''))));
      }
      out.push(element(/\d/.test(list[1]) ? 'ol' : 'ul', {}, ...items));
    } else if (line.trim() === '') {
      at += 1;
    } else {
      const from = at;
      while (at < lines.length && lines[at].trim() !== '' && !/^(```|#{1,4} |(\d+\.|[-*]) )/.test(lines[at])) at++;
      out.push(element('p', {}, ...inline(lines.slice(from, at).join(' '))));
    }
  }
  return out;
}

/** What is kept of all lessons, by their addresses. */
function progress() {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? '{}');
  } catch {
    return {};
  }
}

/** Gives what is kept of all lessons as a file. */
function save() {
  const url = URL.createObjectURL(new Blob([JSON.stringify(progress(), null, 2)], { type: 'application/json' }));
  element('a', { href: url, download: 'layerlab-progress.json' }).click();
  URL.revokeObjectURL(url);
}

/** Tells the page's host, where it has one. */
function tell(detail) {
  window.dispatchEvent(new CustomEvent('layerlab-lesson', { detail }));
}

class Course {
  constructor(address, lesson) {
    this.address = address;
    this.lesson = lesson;
    this.outcomes = [];
    const kept = progress()[address] ?? {};
    this.done = new Set(kept.done ?? []);
    this.answers = {};
    this.hints = 0;
    this.place = element('aside', { className: 'lesson', id: 'lesson', 'aria-label': `Lesson: ${lesson.title}` });
    document.querySelector('main').before(this.place);
    this.heard = () => this.examine();
    window.addEventListener('layerlab-report', this.heard);
    this.go(Math.min(kept.step ?? 0, lesson.steps.length - 1));
  }

  get step() {
    return this.lesson.steps[this.number];
  }

  leave() {
    window.removeEventListener('layerlab-report', this.heard);
  }

  keep() {
    if ('embed' in document.documentElement.dataset) return;
    try {
      const all = progress();
      all[this.address] = { step: this.number, done: [...this.done] };
      localStorage.setItem(KEPT, JSON.stringify(all));
    } catch { /* Storage is denied: the next visit begins anew. */ }
  }

  async go(number) {
    await this.put(number, false);
    this.number = number;
    this.hints = 0;
    this.outcomes = [];
    this.answers = {};
    this.keep();
    this.read();
    this.draw();
    this.place.querySelector('h2').focus({ preventScroll: false });
  }

  async put(step, solved) {
    const { project } = await page.ask({ ask: 'step', step, solved });
    page.open(JSON.stringify(project));
  }

  /** A last step without checks is done when its questions are answered. */
  read() {
    const { step, number, lesson } = this;
    const answered = step.questions.every((_, place) => this.answers[place] === true);
    if (step.checks.length === 0 && answered && number === lesson.steps.length - 1 && !this.done.has(number)) this.finish();
  }

  async examine() {
    const { number } = this;
    if (number === undefined) return;
    const { outcomes } = await page.ask({ ask: 'examine', step: number });
    if (!outcomes || number !== this.number) return;
    this.outcomes = outcomes;
    const passed = this.outcomes.length > 0 && this.outcomes.every((outcome) => outcome.passed);
    if (passed && !this.done.has(number)) {
      tell({ type: 'check', step: number, passed: true });
      this.finish();
    }
    this.draw();
  }

  finish() {
    this.done.add(this.number);
    this.keep();
    const last = this.lesson.steps.every((_, place) => this.done.has(place));
    if (last) tell({ type: 'lesson', title: this.lesson.title, completed: true });
  }

  draw() {
    const { step, number, lesson } = this;
    const focused = document.activeElement?.id;
    const count = lesson.steps.length;
    const move = (by, label, id, disabled) => {
      const button = element('button', { type: 'button', id, disabled }, label);
      button.addEventListener('click', () => {
        if (by > 0 && step.checks.length === 0) this.finish();
        this.go(number + by);
      });
      return button;
    };
    const act = (label, id, action) => {
      const button = element('button', { type: 'button', id }, label);
      button.addEventListener('click', action);
      return button;
    };
    const done = this.done.has(number);
    this.place.replaceChildren(
      element('p', { className: 'quiet' }, `${lesson.title} · step ${number + 1} of ${count}${done ? ' · done' : ''}`),
      element('h2', { tabIndex: -1 }, step.title),
      ...markdown(step.text),
      ...step.questions.map((question, place) => this.question(question, place)),
      ...(this.outcomes.length > 0 ? [this.checks()] : []),
      ...step.hints.slice(0, this.hints).map((hint) => element('div', { className: 'hint', role: 'note', 'aria-label': 'Hint' }, ...markdown(hint))),
      element('div', { className: 'row' },
        move(-1, 'Back', 'lesson-back', number === 0),
        move(1, 'Next', 'lesson-next', number === count - 1),
        act('Start over', 'lesson-reset', () => this.put(number, false)),
        this.hints < step.hints.length ? act('Hint', 'lesson-hint', () => { this.hints += 1; this.draw(); }) : null,
        act('Save my progress', 'lesson-progress', save),
        Object.keys(step.solution).length > 0 ? act('Show the solution', 'lesson-solution', () => this.put(number, true)) : null,
      ),
    );
    if (focused) this.place.querySelector(`#${CSS.escape(focused)}`)?.focus({ preventScroll: true });
  }

  checks() {
    return element('ul', { className: 'checks', 'aria-label': 'Checks', role: 'list' }, ...this.outcomes.map((outcome, place) =>
      element('li', { 'data-passed': String(outcome.passed), role: 'listitem' },
        element('span', { className: outcome.passed ? 'good' : 'bad' }, outcome.passed ? '✓ Done' : '✗ Not yet'),
        outcome.passed ? ` ${outcome.found}` : ` ${this.step.checks[place].message}`,
        outcome.passed ? null : element('span', { className: 'quiet' }, ` (${outcome.found})`))));
  }

  question(question, place) {
    const id = `question-${place}`;
    const said = this.answers[place];
    const answer = (right) => {
      this.answers[place] = right;
      tell({ type: 'question', step: this.number, question: place, passed: right });
      this.read();
      this.draw();
    };
    const form = element('form', { className: 'question', id });
    if (question.choices.length > 0) {
      form.append(element('fieldset', {}, element('legend', {}, ...inline(question.ask)),
        ...question.choices.map((choice, number) => element('label', {},
          element('input', { type: 'radio', name: id, value: String(number), id: `${id}-${number}`, required: true }), ' ', ...inline(choice)))));
    } else {
      form.append(element('label', {}, ...inline(question.ask), ' ',
        element('input', { type: 'text', id: `${id}-text`, required: true, autocomplete: 'off', inputMode: question.number === null ? 'text' : 'decimal' })));
    }
    form.append(element('button', { type: 'submit', id: `${id}-answer` }, 'Answer'));
    if (said !== undefined) {
      form.append(element('p', { role: 'status', className: said ? 'good' : 'bad' }, said ? '✓ Right. ' : '✗ Not quite. ', ...(said ? inline(question.why) : [])));
    }
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const chosen = form.querySelector('input:checked');
      const text = form.querySelector('input[type=text]')?.value.trim() ?? '';
      if (question.choice !== null) answer(Number(chosen?.value) === question.choice);
      else if (question.number !== null) {
        const off = Math.abs(Number(text.replace(',', '.')) - question.number);
        answer(off <= (Math.abs(question.number) * question.within) / 100);
      } else answer(question.words.some((words) => fits(text.toLowerCase(), words.toLowerCase())));
    });
    return form;
  }
}

/** Whether a text is a pattern's, in which `*` stands for anything. */
function fits(text, pattern) {
  const parts = pattern.split('*');
  if (parts.length === 1) return text === pattern;
  if (!text.startsWith(parts[0]) || !text.endsWith(parts.at(-1))) return false;
  let at = parts[0].length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - parts.at(-1).length;
}

/** The text of the lesson at an address of this site. */
async function load(address) {
  const url = new URL(address, document.baseURI);
  if (url.origin !== location.origin) throw new Error('lessons come from the site of the page');
  const response = await fetch(url, { redirect: 'error', cache: 'no-store' });
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response.text();
}

/** Opens a lesson in place of what is open; what is wrong with it is said there. */
async function show(address, text) {
  const answer = await page.ask({ ask: 'lesson', text });
  document.getElementById('lesson')?.remove();
  course?.leave();
  course = answer.lesson ? new Course(address, answer.lesson) : null;
  if (!course) refuse(answer.problem);
}

function refuse(problem) {
  document.querySelector('main').before(element('p', { className: 'notice', id: 'lesson', role: 'alert' }, `The lesson cannot be opened: ${problem}`));
}

/** The lesson that is open. */
let course = null;

/** Opens the lesson at an address of this site; `watch` opens it anew when it changes. */
export async function open(address, watch) {
  await ready();
  let last;
  try {
    last = await load(address);
    await show(address, last);
  } catch (error) {
    refuse(error.message);
  }
  if (!watch) return;
  setInterval(async () => {
    const text = await load(address).catch(() => last);
    if (text === last) return;
    last = text;
    await show(address, text);
  }, 1000);
}
