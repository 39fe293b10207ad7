/**
 * Creates `earlier-copy.cjs.gz`: the entry `logging` of an earlier commit and everything that it imports, in one file. It was
 * created once and is in the repository, because tests must run without the history.
 *
 *     node test/support/pack-earlier-copy.mjs 01419e2
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
// Comes with vitest.
import { rolldown } from 'rolldown';
import ts from 'typescript';

const [commit = '01419e2'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'hindsight-earlier-'));
const archive = execFileSync('git', ['archive', commit, 'lib'], { maxBuffer: 2 ** 27 });
execFileSync('tar', ['-x', '-C', folder], { input: archive });

const compilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.Node20,
  useDefineForClassFields: false,
  experimentalDecorators: true,
  removeComments: true,
};
for (const name of readdirSync(join(folder, 'lib'), { recursive: true })) {
  if (!name.endsWith('.ts')) continue;
  const out = join(folder, 'dist', name.replace(/\.ts$/, '.js'));
  mkdirSync(dirname(out), { recursive: true });
  const text = readFileSync(join(folder, 'lib', name), 'utf8');
  writeFileSync(out, ts.transpileModule(text, { compilerOptions, fileName: name }).outputText);
}

const bundle = await rolldown({
  input: join(folder, 'dist/logging.js'),
  platform: 'node',
  external: /^[^./]/,
});
const file = join(folder, 'logging.cjs');
await bundle.write({ file, format: 'cjs', minify: { mangle: false, compress: false } });
await bundle.close();
writeFileSync(join(import.meta.dirname, 'earlier-copy.cjs.gz'), gzipSync(readFileSync(file), { level: 9 }));
rmSync(folder, { recursive: true });
