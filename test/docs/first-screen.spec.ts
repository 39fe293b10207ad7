import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiledLib } from '../support/compiled-lib';
import { runChild } from '../support/child';
import { blocksIn, ROOT } from './code-blocks';

/** Serves the README's first example, sends the two requests of its transcript, and ends. */
const DRIVER = `
process.stdout.isTTY = true;
require('reflect-metadata');
const { NestFactory } = require('@nestjs/core');
const { AppModule } = require(process.argv[1]);
void (async () => {
  const app = await NestFactory.create(AppModule, { bufferLogs: true });
  await app.listen(0, '127.0.0.1');
  for (const id of ['1', '13']) {
    process.stdout.write('$ curl localhost:3000/orders/' + id + '\\n');
    await (await fetch((await app.getUrl()) + '/orders/' + id)).text();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await app.close();
})();
`;

/** What differs from one run to the next is written alike; the frames of the stack are left out. */
function alike(transcript: string): string[] {
  const from = transcript.indexOf('$ curl');
  return transcript
    .slice(from)
    .split('\n')
    .filter((line) => !/^\s+(?:at |…)/.test(line) && line.trim() !== '')
    .map((line) =>
      line
        .replace(/\d\d:\d\d:\d\d\.\d{3}/, 'TIME')
        .replace(/\[[0-9a-f]{8}\]/, '[ID]')
        .replace(/request [0-9a-f-]{36}/, 'request ID')
        .replace(/\b\d+ ms/, 'N ms')
        .replace(/durationMs=\d+/, 'durationMs=N')
        .trimEnd(),
    );
}

describe('the first screen of the README', () => {
  let directory: string;

  beforeAll(async () => {
    // Beside the sources, so that the example finds the project's packages.
    directory = mkdtempSync(join(ROOT, 'node_modules/.cache/first-screen-'));
    const { code } = blocksIn('README.md')[0] ?? { code: '' };
    const { outputText } = ts.transpileModule(code, {
      compilerOptions: {
        module: ts.ModuleKind.CommonJS,
        target: ts.ScriptTarget.ES2022,
        experimentalDecorators: true,
        emitDecoratorMetadata: true,
      },
    });
    writeFileSync(
      join(directory, 'example.js'),
      outputText.replaceAll('"nestjs-hindsight"', JSON.stringify(await compiledLib())),
    );
  }, 60_000);

  afterAll(() => rmSync(directory, { recursive: true }));

  it('shows the lines that its code writes', { timeout: 60_000 }, async () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const shown = /```text\n(\$ curl[^`]+)```/.exec(readme)?.[1] ?? '';
    const { stdout, stderr } = await runChild(DRIVER, {
      args: [join(directory, 'example.js')],
      env: { NO_COLOR: '1', TZ: 'UTC' },
    });

    expect(stderr).toBe('');
    expect(alike(stdout)).toEqual(alike(shown));
    expect(alike(shown).length).toBeGreaterThan(6);
  });
});
