// Opens the built page in a real Chromium, served by `layerlab serve`.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
// The packages are the editor's: they are in web/node_modules.
const require = createRequire(join(root, 'web/package.json'));
const { chromium } = require('playwright-core');
export const axeSource = require.resolve('axe-core/axe.min.js');

const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

function executable() {
  const candidates = [process.env.LAYERLAB_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  return candidates.find((path) => path && existsSync(path));
}

/** Serves dist/ on a free port, with a companion. */
export async function serve(...options) {
  const server = spawn(join(root, 'target/native/layerlab'), ['serve', '--listen', '127.0.0.1:0', '--dist', join(root, 'dist'), ...options]);
  const { origin, token } = await new Promise((resolve, reject) => {
    server.stdout.on('data', (data) => {
      const found = /(http:\/\/[\d.:]+)\/\S*#token=(\S+)/.exec(String(data));
      if (found) resolve({ origin: found[1], token: found[2] });
    });
    server.stderr.on('data', (data) => reject(new Error(String(data))));
  });
  return { origin, token, stop: () => server.kill() };
}

/** Serves the page and starts a browser. */
export async function start() {
  const path = executable();
  if (!path) throw new Error('no Chromium found: set LAYERLAB_CHROMIUM');
  const server = await serve();
  const { origin, token } = server;
  const browser = await chromium.launchPersistentContext(mkdtempSync(join(tmpdir(), 'layerlab-')), {
    executablePath: path, args: FLAGS, viewport: { width: 1400, height: 900 },
  });
  return {
    origin,
    token,
    browser,
    async stop() {
      await browser.close();
      server.stop();
    },
  };
}

/** Opens the page; `problems` gathers what the console complains of. */
export async function open(session, hash = '') {
  const page = await session.browser.newPage();
  page.problems = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) page.problems.push(message.text());
  });
  page.on('pageerror', (error) => page.problems.push(String(error)));
  await page.goto(`${session.origin}/${hash}`);
  await settled(page);
  return page;
}

/** Waits for a report of the engine with all programs. */
export async function settled(page) {
  await page.waitForFunction(() => document.querySelector('.image')?.dataset.engine === 'full');
}

/** Puts text into the editor, in place of what is there. */
export async function write(page, text) {
  const before = await page.getAttribute('.image', 'data-report');
  await page.click('.cm-content');
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.insertText(text);
  await page.waitForFunction((old) => document.querySelector('.image').dataset.report !== old, before);
  await page.waitForTimeout(100);
}

/** The big number, in bytes. */
export async function size(page) {
  return Number(await page.getAttribute('#size', 'data-bytes'));
}
