import { describe, expect, it } from 'vitest';
import { runChild } from '../support/child';

describe('contextStorage', { timeout: 30_000 }, () => {
  it('is one for two copies of the package in a process', async () => {
    const { stdout } = await runChild(
      `const { contextStorage: first } = lib('core/record-context');
       const { getLogger: firstLogger } = lib('core/manager');
       for (const id of Object.keys(require.cache)) delete require.cache[id];
       const { contextStorage: second } = lib('core/record-context');
       const { getLogger: secondLogger } = lib('core/manager');
       console.log(firstLogger !== secondLogger, first === second, firstLogger('a').data === secondLogger('a').data);`,
    );

    expect(stdout).toBe('true true true\n');
  });
});
