import { describe, expect, it } from 'vitest';
import { USAGE } from '../../lib/cli/arguments';
import { startProgram } from '../support/cli-program';

// The first test also compiles the library, which may take long.
describe('nestjs-hindsight', { timeout: 60_000 }, () => {
  it('prints its usage', async () => {
    const { code, stdout } = await (await startProgram('--help')).ended();

    expect([code, stdout]).toEqual([0, USAGE]);
  });

  it('exits with 2 and prints a message for an unknown command', async () => {
    const { code, stdout, stderr } = await (await startProgram('lisen')).ended();

    expect([code, stdout, stderr]).toEqual([
      2,
      '',
      'nestjs-hindsight: there is no command "lisen"; the only one is listen.\n',
    ]);
  });
});
