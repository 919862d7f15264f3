// Says what the first view transfers, compressed with brotli, and fails past the budget.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const BUDGET = 500_000;
const FIRST_VIEW = [
  'index.html', 'boot.js', 'theme.js', 'style.css', 'editor.js', 'worker.js', 'layerlab-web.js', 'layerlab-web_bg.wasm',
  'catalog/core.json', 'icon.svg',
];
const dist = process.argv[2] ?? 'dist';
let total = 0;
for (const name of FIRST_VIEW) {
  const path = join(dist, name);
  const bytes = readFileSync(path);
  const packed = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
  total += packed;
  console.log(`${name.padEnd(24)} ${String(statSync(path).size).padStart(9)} B ${String(packed).padStart(8)} B brotli`);
}
for (const name of ['layerlab-worker.js', 'layerlab-worker_bg.wasm']) {
  const packed = brotliCompressSync(readFileSync(join(dist, name)), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
  console.log(`${name.padEnd(24)} ${String(statSync(join(dist, name)).size).padStart(9)} B ${String(packed).padStart(8)} B brotli, loaded after the first view`);
}
console.log(`${'first view'.padEnd(24)} ${' '.repeat(11)} ${String(total).padStart(8)} B brotli (budget ${BUDGET})`);
if (total > BUDGET) {
  console.error('The first view is over its budget.');
  process.exit(1);
}
