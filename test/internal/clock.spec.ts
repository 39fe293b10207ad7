import { describe, expect, it } from 'vitest';
import { systemClock } from '../../lib/internal/clock';

describe('systemClock', () => {
  it("returns the system's time in whole milliseconds", () => {
    const before = Date.now();
    const now = systemClock.now();

    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
    expect(Number.isInteger(now)).toBe(true);
  });
});
