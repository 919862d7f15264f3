// Starts the page: the editor first, then the WebAssembly module, which looks for it.
import * as editor from './editor.js';
import init, * as page from './layerlab-web.js';

globalThis.layerlabEditor = editor;
const embedded = 'embed' in document.documentElement.dataset;
// The link that a companion prints carries its token; it does not stay in the address.
if (location.hash.startsWith('#token=') && !embedded) {
  try {
    const token = decodeURIComponent(location.hash.slice(7));
    localStorage.setItem('layerlab.companion', JSON.stringify({ address: location.origin, token }));
  } catch { /* Storage is denied: the panel asks. */ }
  history.replaceState(null, '', location.pathname + location.search);
}
// Questions to the engine are answered in turn.
const asked = [];
globalThis.layerlabAnswer = (json) => asked.shift()?.(json ? JSON.parse(json) : { problem: 'the engine is not ready yet' });
globalThis.layerlab = { ...page, ask: (question) => new Promise((done) => { asked.push(done); page.ask(JSON.stringify(question)); }) };
globalThis.layerlabReal = () => import('./real.js');
globalThis.layerlabShare = async (link, problem) => (await import('./share.js')).open(link, problem);
globalThis.layerlabText = async (address) => (await import('./address.js')).text(address);
globalThis.layerlabZip = () => import('./zip.js');
try {
  await init({ module_or_path: new URL('layerlab-web_bg.wasm', import.meta.url) });
  if (embedded) (await import('./frame.js')).start(globalThis.layerlab);
  const lesson = new URLSearchParams(location.search).get('lesson');
  if (lesson) (await import('./lesson.js')).open(lesson, new URLSearchParams(location.search).has('watch'));
  (await import('./offline.js')).register();
} catch (error) {
  const app = document.getElementById('app');
  const message = document.createElement('p');
  message.className = 'loading';
  message.textContent = `Layerlab could not start: ${error}. It needs a browser of 2023 or newer.`;
  app.replaceChildren(message);
}
