import { describe, expect, it } from 'vitest';
import { withTimeLimit } from '../../lib/internal/time-limit';

const late = (): Error => new Error('late');

describe('withTimeLimit', () => {
  it('resolves with the result of the work', async () => {
    await expect(withTimeLimit(Promise.resolve(7), 1000, late)).resolves.toBe(7);
  });

  it('rejects with the error of the work', async () => {
    await expect(withTimeLimit(Promise.reject(new Error('failed')), 1000, late)).rejects.toThrow('failed');
  });

  it('rejects after the time limit', async () => {
    await expect(withTimeLimit(new Promise(() => undefined), 1, late)).rejects.toThrow('late');
  });
});
