// Lets the page be opened without network after the first visit.
const KEPT = [
  './', 'boot.js', 'editor.js', 'zip.js', 'address.js', 'real.js', 'share.js', 'lesson.js', 'frame.js', 'theme.js', 'worker.js', 'programs.js', 'style.css',
  'icon.svg', 'manifest.webmanifest', 'lessons.html', 'layerlab-web.js', 'layerlab-web_bg.wasm', 'layerlab-worker.js',
  'layerlab-worker_bg.wasm', 'catalog/core.json',
];

export async function register() {
  if (!('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register('sw.js');
    const { active } = await navigator.serviceWorker.ready;
    const own = performance.getEntriesByType('resource').map((entry) => entry.name);
    const all = [...KEPT.map((path) => new URL(path, document.baseURI).href), ...own];
    active.postMessage({ keep: [...new Set(all)] });
  } catch { /* A browser that forbids it goes without. */ }
}
