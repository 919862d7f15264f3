// The engine's worker: the page's own module, which sees that it runs in a worker.
import init from './layerlab-web.js';

await init({ module_or_path: new URL('layerlab-web_bg.wasm', import.meta.url) });
