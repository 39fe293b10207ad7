import { describe, expect, it } from 'vitest';
import { USAGE } from '../../lib/cli/arguments';
import { startProgram } from '../support/cli-program';

// The first to ask compiles the library; that is not part of a test's time.
describe('nestjs-hindsight', { timeout: 60_000 }, () => {
  it('prints how it is used', async () => {
    const { code, stdout } = await (await startProgram('--help')).ended();

    expect([code, stdout]).toEqual([0, USAGE]);
  });

  it('ends with 2 and a sentence when it is not understood', async () => {
    const { code, stdout, stderr } = await (await startProgram('lisen')).ended();

    expect([code, stdout, stderr]).toEqual([
      2,
      '',
      'nestjs-hindsight: there is no command "lisen"; the only one is listen.\n',
    ]);
  });
});
