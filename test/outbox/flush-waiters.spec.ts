import { describe, expect, it } from 'vitest';
import { FlushWaiters } from '../../lib/outbox/flush-waiters';

describe('FlushWaiters', () => {
  it('resolves when the place is reached', async () => {
    const waiters = new FlushWaiters();
    const early = waiters.wait(5, 60_000);
    const late = waiters.wait(9, 30);

    waiters.progressed(5);

    await expect(early).resolves.toBe(true);
    await expect(late).resolves.toBe(false);
  });

  it('resolves with false after the time, also if it exceeds the longest timer', async () => {
    const waiters = new FlushWaiters();
    const long = waiters.wait(1, 1e15);

    await expect(waiters.wait(1, 1)).resolves.toBe(false);
    waiters.progressed(1);
    await expect(long).resolves.toBe(true);
  });
});
