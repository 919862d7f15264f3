// Lets other sites find the playground: oembed.json, and what links to the page show as a preview.
// Both want the page's own address, which a build knows only when it is told.
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { escape, frame } from './markup.js';

const [folder, address] = process.argv.slice(2);
const home = new URL(address.endsWith('/') ? address : `${address}/`);
if (!/^https?:$/.test(home.protocol)) throw new Error(`${address} is no address of a page`);
const at = (path) => new URL(path, home).href;

const title = 'Layerlab, a Dockerfile playground';
const text = 'See the layers, files and size of the image a Dockerfile makes, with no Docker installed.';
const oembed = {
  version: '1.0',
  type: 'rich',
  title,
  provider_name: 'Layerlab',
  provider_url: home.href,
  width: 960,
  height: 600,
  html: frame(at('?embed'), '960', '600'),
};
await writeFile(join(folder, 'oembed.json'), `${JSON.stringify(oembed, null, 2)}\n`);
await copyFile(new URL('../docs/screenshot.png', import.meta.url), join(folder, 'preview.png'));
const tags = [
  `<link rel="alternate" type="application/json+oembed" href="${escape(at('oembed.json'))}" title="${title}">`,
  ...[['title', title], ['description', text], ['type', 'website'], ['url', home.href], ['image', at('preview.png')]]
    .map(([name, value]) => `<meta property="og:${name}" content="${escape(value)}">`),
  '<meta name="twitter:card" content="summary_large_image">',
];
const page = join(folder, 'index.html');
const html = await readFile(page, 'utf8');
await writeFile(page, html.replace('</head>', `${tags.join('\n')}\n</head>`));
