import { describe, expect, it, vi } from 'vitest';
import { globalState } from '../../lib/internal/global-state';

describe('globalState', () => {
  it('creates its value once', () => {
    const create = vi.fn(() => ({}));

    expect(globalState('spec: created once', create)).toBe(globalState('spec: created once', create));
    expect(create).toHaveBeenCalledOnce();
  });

  it('keeps the values of different names separate', () => {
    expect(globalState('spec: one', () => ({}))).not.toBe(globalState('spec: other', () => ({})));
  });

  it('is found by any copy of the package, under one global symbol', () => {
    const mine = globalState('spec: shared', () => ({ value: 1 }));
    const slots = Reflect.get(globalThis, Symbol.for('nestjs-hindsight/v1')) as Map<string, object>;

    expect(slots.get('spec: shared')).toBe(mine);
  });
});
