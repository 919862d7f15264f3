// Playgrounds in other pages, and lessons.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { axeSource, serve, start } from './page.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
let session;
let host;
const pages = {};
before(async () => {
  session = await start();
  // Another origin, with a strict policy.
  host = createServer((request, response) => {
    const found = pages[request.url];
    response.writeHead(found ? 200 : 404, {
      'content-type': 'text/html',
      'content-security-policy': `default-src 'none'; script-src ${session.origin}; frame-src ${session.origin}; style-src 'unsafe-inline'`,
    });
    response.end(found ?? '');
  });
  await new Promise((done) => host.listen(0, '127.0.0.1', done));
});
after(async () => {
  host?.close();
  await session?.stop();
});

async function visit(html) {
  pages['/page'] = `<!DOCTYPE html><html lang="en"><title>Host</title><body>${html}</body></html>`;
  const page = await session.browser.newPage();
  page.problems = [];
  page.requests = [];
  page.on('console', (message) => { if (message.type() === 'error') page.problems.push(message.text()); });
  page.on('request', (request) => page.requests.push(request.url()));
  await page.goto(`http://127.0.0.1:${host.address().port}/page`);
  return page;
}

describe('a playground in another page', () => {
  it('shows the files that stand in the element, and talks with its host', async () => {
    const page = await visit(`<script src="${session.origin}/embed.js"></script>
      <layerlab-playground theme="dark"><script type="text/layerlab" data-file="Dockerfile">
FROM scratch
COPY notes.txt /
</script><script type="text/layerlab" data-file="notes.txt">hello</script></layerlab-playground>`);
    const told = await page.evaluate(() => new Promise((done) => {
      document.querySelector('layerlab-playground').addEventListener('layerlab-simulated', ({ detail }) => {
        if (detail.report.size.bytes === 5) done(detail.report);
      });
    }));
    assert.equal(told.success, true);
    const project = await page.evaluate(() => document.querySelector('layerlab-playground').getProject());
    assert.deepEqual(project.files.map((file) => file.path).sort(), ['Dockerfile', 'notes.txt']);
    const size = page.evaluate(() => new Promise((done) => {
      document.querySelector('layerlab-playground').addEventListener('layerlab-simulated', ({ detail }) => {
        if (detail.report.size.bytes === 3) done(detail.report.size.bytes);
      });
    }));
    await page.evaluate(() => document.querySelector('layerlab-playground').setProject({
      dockerfile: 'Dockerfile',
      files: [{ path: 'Dockerfile', data: { text: 'FROM scratch\nCOPY x /\n' } }, { path: 'x', data: { text: 'abc' } }],
    }));
    assert.equal(await size, 3);
    const refused = await page.evaluate(() => document.querySelector('layerlab-playground')
      .setProject({ files: [{ path: '../x', data: { text: '' } }] }).then(() => '', (error) => error.message));
    assert.match(refused, /\.\.\/x/);
    const frame = page.frames().find((own) => own.url().startsWith(session.origin));
    assert.equal(await frame.locator('header').isVisible(), false);
    assert.equal(await frame.locator('[role=tab]:text-is("Real build")').count(), 0);
    assert.deepEqual(page.problems, []);
    await page.close();
  });

  it('leaves the visitor\'s own work alone', async () => {
    const own = await session.browser.newPage();
    await own.goto(`${session.origin}/`);
    await own.evaluate(() => localStorage.setItem('layerlab.project', JSON.stringify({ dockerfile: 'Dockerfile', files: [{ path: 'Dockerfile', data: { text: 'FROM scratch\nLABEL secret=mine\n' } }] })));
    const kept = await own.evaluate(() => localStorage.getItem('layerlab.project'));
    const page = await visit(`<script src="${session.origin}/embed.js"></script><layerlab-playground></layerlab-playground>`);
    const project = await page.evaluate(() => document.querySelector('layerlab-playground').getProject());
    assert.doesNotMatch(JSON.stringify(project), /secret/);
    await page.evaluate(() => document.querySelector('layerlab-playground').setProject({ dockerfile: 'Dockerfile', files: [{ path: 'Dockerfile', data: { text: 'FROM scratch\n' } }] }));
    await page.waitForTimeout(800);
    assert.equal(await own.evaluate(() => localStorage.getItem('layerlab.project')), kept);
    await own.evaluate(() => localStorage.clear());
    await page.close();
    await own.close();
  });

  it('upgrades code blocks, and loads nothing before one is used', async () => {
    const block = '<pre><code class="language-dockerfile">FROM scratch\nENV A=1\n</code></pre>';
    const page = await visit(`${block.repeat(10)}<script src="${session.origin}/embed.js" data-upgrade="pre > code.language-dockerfile"></script>`);
    await page.waitForSelector('.layerlab-try');
    assert.equal(await page.locator('.layerlab-try').count(), 10);
    await page.waitForTimeout(300);
    assert.deepEqual(page.requests.filter((url) => url.includes('.wasm')), []);
    await page.locator('.layerlab-try').nth(3).click();
    const told = await page.evaluate(() => new Promise((done) => {
      document.querySelector('layerlab-playground').addEventListener('layerlab-simulated', ({ detail }) => done(detail.report.success));
    }));
    assert.equal(told, true);
    assert.equal(await page.locator('iframe').count(), 1);
    await page.close();
  });

  it('shows two blocks that belong together as before and after', async () => {
    const block = (mark, lines) => `<pre ${mark}="x"><code class="language-dockerfile">FROM debian:bookworm-slim\n${lines}</code></pre>`;
    const page = await visit(`${block('data-before', 'ENV A=1\n')}${block('data-after', 'RUN rm -r /usr/share\nENV A=1\n')}
      <script src="${session.origin}/embed.js" data-upgrade="pre > code.language-dockerfile"></script>`);
    await page.locator('.layerlab-try').nth(1).click();
    await page.waitForFunction(() => document.querySelector('layerlab-playground'));
    const frame = await page.waitForSelector('iframe').then((own) => own.contentFrame());
    await frame.waitForSelector('[role=tab][aria-selected=true]:text-is("Compare")', { timeout: 30_000 });
    await frame.waitForFunction(() => /rm -r/.test(document.querySelector('#panel').textContent), null, { timeout: 10_000 })
      .catch(async () => assert.fail(await frame.textContent('#panel')));
    const project = await page.evaluate(() => document.querySelector('layerlab-playground').getProject());
    assert.match(project.files[0].data.text, /rm -r/);
    if (process.env.LAYERLAB_SCREENSHOTS) await page.screenshot({ path: `${process.env.LAYERLAB_SCREENSHOTS}/before-after.png` });
    await page.close();
  });

  it('upgrades the blocks of a site that MkDocs made, two of them at once', async () => {
    const site = readFileSync(join(root, 'tests/browser/pages/mkdocs.html'), 'utf8');
    const page = await visit(`${site}<script src="${session.origin}/embed.js" data-upgrade="pre > code.language-dockerfile"></script>`);
    await page.waitForSelector('.layerlab-try');
    assert.equal(await page.locator('.layerlab-try').count(), 2);
    for (const _ of [1, 2]) await page.locator('.layerlab-try').first().click();
    const projects = await page.evaluate(() => Promise.all([...document.querySelectorAll('layerlab-playground')].map((own) => own.getProject())));
    assert.deepEqual(projects.map((project) => project.files[0].data.text.trim().split('\n')[1]), ['ENV A=1', 'ENV B=2']);
    await page.close();
  });

  it('upgrades blocks whose lines are elements', async () => {
    const lines = ['FROM scratch', 'ENV A=1'].map((line) => `<span class="token-line"><span>${line}</span><br></span>`).join('');
    const page = await visit(`<div><pre class="language-dockerfile"><code>${lines}</code></pre></div><script src="${session.origin}/embed.js" data-upgrade="pre.language-dockerfile > code"></script>`);
    await page.click('.layerlab-try');
    const project = await page.evaluate(() => document.querySelector('layerlab-playground').getProject());
    assert.match(project.files[0].data.text, /^FROM scratch\nENV A=1\n*$/);
    await page.close();
  });

  it('works in a sandboxed frame, and where storage is denied', async () => {
    const page = await session.browser.newPage();
    const problems = [];
    page.on('console', (message) => { if (message.type() === 'error') problems.push(message.text()); });
    await page.addInitScript(() => {
      for (const name of ['localStorage', 'sessionStorage']) {
        Object.defineProperty(window, name, { get() { throw new DOMException('denied', 'SecurityError'); } });
      }
    });
    pages['/sandbox'] = `<!DOCTYPE html><title>Host</title><iframe sandbox="allow-scripts allow-same-origin" src="${session.origin}/?embed" width="900" height="600"></iframe>`;
    await page.goto(`http://127.0.0.1:${host.address().port}/sandbox`);
    const frame = await page.waitForSelector('iframe').then((own) => own.contentFrame());
    await frame.waitForSelector('.image[data-engine=full]', { timeout: 30_000 });
    assert.ok(Number(await frame.getAttribute('#size', 'data-bytes')) > 0);
    await page.goto(`${session.origin}/`);
    await page.waitForSelector('.image[data-engine=full]', { timeout: 30_000 });
    await page.goto(`${session.origin}/?lesson=lessons/user.toml`);
    await page.waitForSelector('#lesson h2');
    assert.deepEqual(problems, []);
    await page.close();
  });

  it('tells a course platform of progress, as the example says', async () => {
    const example = readFileSync(join(root, 'docs/examples/record-progress.html'), 'utf8');
    const page = await session.browser.newPage();
    const recorded = [];
    page.on('console', (message) => { if (message.type() === 'log') recorded.push(message.text().split(' ')[0]); });
    await page.setContent(example.replaceAll('https://HOST', session.origin));
    const frame = await page.waitForSelector('iframe').then((own) => own.contentFrame());
    for (;;) {
      await frame.waitForSelector('.checks li[data-passed=false]');
      await frame.click('#lesson-solution');
      await frame.waitForFunction(() => document.querySelector('#lesson > p').textContent.endsWith('done'));
      if (await frame.isDisabled('#lesson-next')) break;
      const title = await frame.textContent('#lesson h2');
      await frame.click('#lesson-next');
      await frame.waitForFunction((old) => document.querySelector('#lesson h2').textContent !== old, title);
    }
    await page.waitForTimeout(100);
    assert.deepEqual(recorded, ['passed', 'passed', 'completed']);
    await page.close();
  });

  it('is small', () => {
    const size = gzipSync(readFileSync(join(root, 'static/embed.js'))).length;
    assert.ok(size < 6000, `${size} B`);
  });
});

describe('without network', () => {
  it('opens after the first visit', async () => {
    const page = await session.browser.newPage();
    await page.goto(`${session.origin}/`);
    await page.waitForFunction(() => document.querySelector('.image')?.dataset.engine === 'full');
    await page.waitForFunction(async () => {
      const cache = await caches.open('layerlab');
      const names = (await cache.keys()).map((request) => request.url);
      return ['layerlab-worker_bg.wasm', 'core.json', 'style.css'].every((name) => names.some((url) => url.endsWith(name)));
    }, null, { timeout: 30_000 });
    const before = await page.getAttribute('#size', 'data-bytes');
    await session.browser.setOffline(true);
    try {
      await page.reload();
      await page.waitForFunction(() => document.querySelector('.image')?.dataset.engine === 'full');
      assert.equal(await page.getAttribute('#size', 'data-bytes'), before);
    } finally {
      await session.browser.setOffline(false);
    }
    await page.evaluate(() => { localStorage.clear(); sessionStorage.clear(); });
    await page.close();
  });
});

describe('a lesson that is being written', () => {
  it('is opened anew when its file changes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'layerlab-lesson-'));
    const file = join(folder, 'lesson.toml');
    const lesson = readFileSync(join(root, 'static/lessons/user.toml'), 'utf8');
    writeFileSync(file, lesson);
    const server = await serve('--lesson', file);
    const page = await session.browser.newPage();
    await page.goto(`${server.origin}/?lesson=lessons/preview.toml&watch`);
    await page.waitForSelector('#lesson h2');
    writeFileSync(file, lesson.replace(/^title = .*/m, 'title = "Another name"'));
    await page.waitForFunction(() => document.querySelector('#lesson').textContent.includes('Another name'));
    writeFileSync(file, 'layerlab = 1\ntitle =\n');
    await page.waitForFunction(() => /line 2/.test(document.querySelector('#lesson').textContent));
    writeFileSync(file, lesson);
    await page.waitForSelector('#lesson h2');
    await page.close();
    server.stop();
  });
});

describe('lessons', () => {
  const names = readdirSync(join(root, 'static/lessons')).sort();

  it('are listed', async () => {
    const listed = readFileSync(join(root, 'static/lessons.html'), 'utf8');
    for (const name of names) assert.ok(listed.includes(`lessons/${name}`), name);
    const page = await session.browser.newPage();
    await page.goto(`${session.origin}/lessons.html`);
    await page.evaluate(readFileSync(axeSource, 'utf8')).catch(() => null);
    assert.equal(await page.locator('li a').count(), names.length);
    await page.close();
  });

  for (const name of names) {
    it(`${name} is done from start to end`, async () => {
      const page = await session.browser.newPage();
      const problems = [];
      page.on('console', (message) => { if (message.type() === 'error') problems.push(message.text()); });
      await page.goto(`${session.origin}/?lesson=lessons/${name}`);
      await page.waitForSelector('#lesson h2');
      for (let step = 0; ; step++) {
        const hasChecks = await page.locator('#lesson-solution').count() > 0;
        if (hasChecks) {
          await page.waitForSelector('.checks li[data-passed=false]');
          await page.click('#lesson-solution');
          await page.waitForFunction(() => document.querySelector('#lesson > p').textContent.endsWith('done'), null, { timeout: 60_000 });
          assert.equal(await page.locator('.checks li[data-passed=false]').count(), 0);
        }
        await page.evaluate(readFileSync(axeSource, 'utf8'));
        const { violations } = await page.evaluate(() => globalThis.axe.run('#lesson'));
        assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.target.join(' '))]), []);
        if (step === 0) {
          await page.setViewportSize({ width: 360, height: 800 });
          await page.waitForTimeout(150);
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          assert.ok(overflow <= 0, `${overflow} px too wide`);
          await page.setViewportSize({ width: 1400, height: 900 });
        }
        if (await page.isDisabled('#lesson-next')) break;
        const title = await page.textContent('#lesson h2');
        await page.click('#lesson-next');
        await page.waitForFunction((old) => document.querySelector('#lesson h2').textContent !== old, title);
      }
      assert.deepEqual(problems, []);
      if (process.env.LAYERLAB_SCREENSHOTS) await page.screenshot({ path: `${process.env.LAYERLAB_SCREENSHOTS}/${name}.png` });
      await page.evaluate(() => { localStorage.clear(); sessionStorage.clear(); });
      await page.close();
    });
  }
});
