// Builds on a real engine, from the page.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { axeSource, open, serve, settled, start, write } from './page.mjs';

let session;
let engine = false;
before(async () => {
  session = await start();
  const health = await (await fetch(`${session.origin}/api/v1/health`)).json();
  engine = health.engine;
});
after(async () => { await session?.stop(); });

const DOCKERFILE = 'FROM scratch\nCOPY main.go /app/\nWORKDIR /data\nENV A=1\n';

describe('the real build', () => {
  it('wants a token, and says what is wrong', async () => {
    const page = await open(session);
    await page.click('[role=tab]:text-is("Real build")');
    await page.fill('#real-address', 'http://127.0.0.1:9');
    await page.fill('#real-token', 'x');
    await page.click('#real-connect');
    await page.waitForSelector('#real-error');
    assert.match(await page.textContent('#real-error'), /no companion answers at http:\/\/127\.0\.0\.1:9/);
    await page.fill('#real-address', session.origin);
    await page.click('#real-connect');
    await page.waitForFunction(() => document.querySelector('#real-error')?.textContent.includes('token'));
    await page.close();
  });

  it('builds, and sets the truth beside the estimate', async (test) => {
    if (!engine) return test.skip('no container engine answers');
    const page = await open(session, `#token=${session.token}`);
    assert.equal(new URL(page.url()).hash, '');
    await write(page, DOCKERFILE);
    await page.click('[role=tab]:text-is("Real build")');
    await page.waitForSelector('#real-build');
    await page.check('#real-no-cache');
    await page.click('#real-build');
    await page.waitForSelector('#real-status[data-state=succeeded]', { timeout: 60_000 });
    await page.waitForSelector('#real-comparison');
    const table = await page.textContent('#real-comparison');
    assert.match(table, /95 B\s*95 B\s*exact/);
    assert.doesNotMatch(table, /missing|different/);
    assert.match(await page.textContent('.steps'), /COPY main\.go \/app\//);
    await page.evaluate(readFileSync(axeSource, 'utf8'));
    for (const width of [1400, 360]) {
      await page.setViewportSize({ width, height: 900 });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(overflow <= 0, `${overflow} px too wide at ${width}`);
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.target.join(' '))]), []);
    }
    await page.fill('#real-command', '/nothing --at "all of it"');
    await page.click('#real-run');
    await page.waitForFunction(() => document.querySelector('#real-output')?.textContent.includes('does not start'));
    assert.match(await page.textContent('#real-output'), /no such file or directory/);
    // What was built stays when another view is looked at.
    await page.click('[role=tab]:text-is("Layers")');
    await page.click('[role=tab]:text-is("Real build")');
    await page.waitForSelector('#real-comparison');
    if (process.env.LAYERLAB_SCREENSHOTS) await page.screenshot({ path: `${process.env.LAYERLAB_SCREENSHOTS}/real.png`, fullPage: true });
    assert.deepEqual(page.problems, []);
    await page.close();
  });

  it('uses a companion elsewhere that lets its origin', async (test) => {
    if (!engine) return test.skip('no container engine answers');
    const [other, closed] = await Promise.all([serve('--allow-origin', session.origin), serve()]);
    const page = await open(session);
    await page.evaluate(() => localStorage.clear());
    await page.reload();
    await settled(page);
    await write(page, DOCKERFILE);
    await page.click('[role=tab]:text-is("Real build")');
    await page.fill('#real-address', closed.origin);
    await page.fill('#real-token', closed.token);
    await page.click('#real-connect');
    await page.waitForSelector('#real-error');
    await page.fill('#real-address', other.origin);
    await page.fill('#real-token', other.token);
    await page.click('#real-connect');
    await page.waitForSelector('#real-build');
    await page.click('#real-build');
    await page.waitForSelector('#real-comparison', { timeout: 60_000 });
    await page.evaluate(() => localStorage.clear());
    await page.close();
    other.stop();
    closed.stop();
  });

  it('shows how a build fails', async (test) => {
    if (!engine) return test.skip('no container engine answers');
    const page = await open(session, `#token=${session.token}`);
    await write(page, 'FROM scratch\nCOPY nothing.txt /\n');
    await page.click('[role=tab]:text-is("Real build")');
    await page.waitForSelector('#real-build');
    await page.click('#real-build');
    await page.waitForSelector('#real-status[data-state=failed]', { timeout: 60_000 });
    // Older engines have no colon here.
    assert.match(await page.textContent('#real-failure'), /"\/nothing\.txt":? not found/);
    await page.close();
  });
});
