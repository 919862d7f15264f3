// Bundles the editor into web/generated, from where trunk takes it.
import { build } from 'esbuild';

await build({
  entryPoints: ['address.js', 'editor.js', 'lesson.js', 'real.js', 'share.js', 'zip.js'],
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  outdir: 'generated',
  legalComments: 'none',
});
