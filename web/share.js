// The Share dialog: the project as a link, and as what a page or a text needs to show it. Loaded
// when it is first opened.
import { element } from './dom.js';
import { escape, frame } from './markup.js';

const home = () => new URL('./', document.baseURI).href;

/** Text of the project's files; none where a file has none, or would end the element it is in. */
function texts({ files, dockerfile }) {
  const out = [...files].sort((one, other) => (other.path === dockerfile) - (one.path === dockerfile))
    .map(({ path, data }) => [path, data.text]);
  return out.every(([, text]) => typeof text === 'string' && !/<\/script/i.test(text)) ? out : null;
}

/** The longest run of backticks in a text, and one more: a fence that it does not end. */
function fence(text) {
  const runs = text.match(/`{3,}/g) ?? [];
  return '`'.repeat(Math.max(3, ...runs.map((run) => run.length + 1)));
}

/** What a project can be shared as: by name, the text. */
export function forms(link, project) {
  const dockerfile = project.files.find((file) => file.path === project.dockerfile)?.data.text;
  const files = texts(project);
  const out = [['Link', link]];
  if (dockerfile !== undefined) {
    const mark = fence(dockerfile);
    out.push(['Markdown', `${mark}dockerfile\n${dockerfile.replace(/\n?$/, '\n')}${mark}\n\n[Try it in Layerlab](${link})\n`]);
    out.push(['HTML', `<pre><code class="language-dockerfile">${escape(dockerfile)}</code></pre>\n<p><a href="${escape(link)}">Try it in Layerlab</a></p>\n`]);
  }
  if (files) {
    const scripts = files.map(([path, text]) => `  <script type="text/layerlab" data-file="${escape(path)}">\n${text}</script>\n`);
    out.push(['Playground', `<script src="${escape(home())}embed.js"></script>\n<layerlab-playground>\n${scripts.join('')}</layerlab-playground>\n`]);
  }
  out.push(['Frame', frame(link.replace(home(), `${home()}?embed`), '100%', '600')]);
  return out;
}

/** Opens the dialog; `problem` says why there is no link. */
export function open(link, problem) {
  const dialog = element('dialog', { id: 'share-dialog', 'aria-labelledby': 'share-title' });
  const close = element('button', { type: 'button' }, 'Close');
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  dialog.append(element('h2', { id: 'share-title' }, 'Share this project'));
  if (problem) {
    dialog.append(element('p', { className: 'error' }, problem), element('div', { className: 'row' }, close));
  } else {
    const all = forms(link, JSON.parse(globalThis.layerlab.project()));
    const text = element('textarea', { id: 'share-link', readOnly: true, rows: 6, value: link, spellcheck: false });
    const form = element('select', { id: 'share-form' }, ...all.map(([name]) => element('option', { value: name }, name)));
    const copy = element('button', { type: 'button', id: 'share-copy' }, 'Copy');
    const said = element('span', { role: 'status' });
    form.addEventListener('change', () => {
      [, text.value] = all.find(([name]) => name === form.value);
      said.textContent = '';
    });
    copy.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(text.value);
        said.textContent = 'Copied';
      } catch {
        text.select();
        said.textContent = 'Copy the marked text';
      }
    });
    dialog.append(
      element('p', {}, 'The link carries the whole project, compressed, behind its #: nothing is sent anywhere.'),
      element('label', {}, 'As ', form),
      element('label', {}, element('span', { className: 'hidden-label' }, 'Text'), text),
      element('div', { className: 'row' }, copy, close, said),
    );
  }
  document.body.append(dialog);
  dialog.showModal();
}
