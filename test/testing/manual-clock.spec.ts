import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../lib/testing';

describe('ManualClock', () => {
  it('stands still until it is moved, in either direction', () => {
    const clock = new ManualClock('2024-03-10T01:59:58Z');
    const start = clock.now();

    expect(clock.now()).toBe(Date.UTC(2024, 2, 10, 1, 59, 58));
    clock.advance(2000);
    expect(clock.now()).toBe(start + 2000);
    clock.advance(-5000);
    expect(clock.now()).toBe(start - 3000);
    clock.set(new Date(1));
    expect(clock.now()).toBe(1);
  });

  it('refuses what is not a time', () => {
    expect(() => new ManualClock('soon')).toThrow('ManualClock: "soon" is not a time.');
  });
});
