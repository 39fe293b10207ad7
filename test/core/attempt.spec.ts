import { describe, expect, it } from 'vitest';
import { attempt, guarded } from '../../lib/core/attempt';
import { diagnostics } from '../../lib/core/diagnostics';
import { capturedStderr } from '../support/captured-stderr';

const refuse = (): never => {
  throw new Error('refused');
};

describe('attempt', () => {
  it('tells whether the work came to its end, and counts what it threw', () => {
    capturedStderr();
    const before = diagnostics.total;

    expect([attempt('a', () => {}), attempt('b', refuse)]).toEqual([true, false]);
    expect(diagnostics.total).toBe(before + 1);
  });
});

describe('guarded', () => {
  it('hands the arguments on and never throws', () => {
    capturedStderr();
    const seen: unknown[] = [];
    const listener = guarded('a listener', (...args: readonly number[]) => {
      seen.push(...args);
      refuse();
    });

    expect(() => listener(1, 2)).not.toThrow();
    expect(seen).toEqual([1, 2]);
  });
});
