/** The soak programs with smaller numbers: see test/soak/run.mjs for what they claim. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compiledLib } from '../support/compiled-lib';

const RUN = join(__dirname, '../soak/run.mjs');

/** The exit code, and the claims that failed, in words. */
async function soak(...args: readonly string[]): Promise<unknown> {
  const lib = await compiledLib();
  return new Promise((resolve) => {
    execFile(process.execPath, [RUN, '--small', '--lib', lib, ...args], (error, stdout, stderr) =>
      resolve({
        code: error === null ? 0 : error.code,
        failed: stdout.split('\n').filter((line) => line.includes('FAILED')),
        stderr,
      }),
    );
  });
}

const FINE = { code: 0, failed: [], stderr: '' };

describe('a service under load', { timeout: 120_000 }, () => {
  it.each([['express'], ['nest']])(
    'leaves nothing behind and loses no count in thousands of requests of every kind: %s',
    async (framework) => {
      expect(await soak('--only', 'mixed', '--framework', framework)).toEqual(FINE);
    },
  );

  it('stays bounded while every request fails, and sums up every failure that it leaves out', async () => {
    expect(await soak('--only', 'flood')).toEqual(FINE);
  });
});
