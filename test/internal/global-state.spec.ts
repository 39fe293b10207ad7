import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { globalSlots, globalState } from '../../lib/internal/global-state';

describe('globalState', () => {
  it('creates a slot once, and every copy of the package finds it under one symbol', () => {
    const slots = globalSlots();
    const before = slots.get('scope-numbers');
    slots.delete('scope-numbers');
    onTestFinished(() => void (before === undefined || slots.set('scope-numbers', before)));
    const create = vi.fn(() => ({ last: 7 }));

    const slot = globalState('scope-numbers', create);

    expect(globalState('scope-numbers', create)).toBe(slot);
    expect(create).toHaveBeenCalledOnce();
    const shared = Reflect.get(globalThis, Symbol.for('nestjs-hindsight/v1')) as Map<string, object>;
    expect(shared.get('scope-numbers')).toBe(slot);
  });
});
