// The worker of the engine with all programs of RUN.
import init from './layerlab-worker.js';

await init({ module_or_path: new URL('layerlab-worker_bg.wasm', import.meta.url) });
