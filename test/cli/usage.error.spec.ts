import { expect, it } from 'vitest';
import { UsageError } from '../../lib/cli/usage.error';

it('is told from failures by its class', () => {
  expect(new UsageError('which?')).toMatchObject({ name: 'UsageError', message: 'which?' });
});
