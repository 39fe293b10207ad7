import { describe, expect, it } from 'vitest';
import { SentWindow } from '../../../lib/internal/outbox/sent-window';

const chunk = (size: number, at: number) => ({ bytes: Buffer.alloc(size), count: 1, at, again: false });

describe('SentWindow', () => {
  it('keeps the newest chunks within its bytes, and at least one', () => {
    const window = new SentWindow(100);
    for (const at of [1, 2, 3]) window.add(chunk(40, at));

    expect(window.bytes).toBe(80);
    expect(window.takeSince(0).map(({ at }) => at)).toEqual([2, 3]);

    window.add(chunk(40, 4));
    window.add(chunk(500, 5));
    expect(window.takeSince(0).map(({ at }) => at)).toEqual([5]);
  });

  it('gives what was written since a time, and is empty then', () => {
    const window = new SentWindow(100);
    for (const at of [1, 2, 3]) window.add(chunk(10, at));

    expect(window.takeSince(2).map(({ at }) => at)).toEqual([2, 3]);
    expect(window.takeSince(0)).toEqual([]);
    expect(window.bytes).toBe(0);
  });
});
