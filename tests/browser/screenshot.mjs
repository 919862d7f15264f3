// Makes the README's screenshot: node tests/browser/screenshot.mjs OUT.png [view] [width] [theme]
import { open, start } from './page.mjs';

const [out, view = 'Stages', width = '1400', theme = 'light'] = process.argv.slice(2);
const session = await start();
try {
  const page = await open(session);
  await page.setViewportSize({ width: Number(width), height: 900 });
  await page.emulateMedia({ colorScheme: theme });
  await page.click(`[role=tab]:has-text("${view}")`);
  await page.waitForTimeout(500);
  await page.screenshot({ path: out });
  for (const problem of page.problems) console.error(problem);
} finally {
  await session.stop();
}
