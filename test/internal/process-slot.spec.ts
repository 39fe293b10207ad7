import { describe, expect, it, vi } from 'vitest';
import { processSlot } from '../../lib/internal/process-slot';

describe('processSlot', () => {
  it('creates what it holds once', () => {
    const create = vi.fn(() => ({}));

    expect(processSlot('spec: created once', create)).toBe(processSlot('spec: created once', create));
    expect(create).toHaveBeenCalledOnce();
  });

  it('holds each name apart', () => {
    expect(processSlot('spec: one', () => ({}))).not.toBe(processSlot('spec: other', () => ({})));
  });

  it('is found by any copy of the package, under one global symbol', () => {
    const mine = processSlot('spec: shared', () => ({ value: 1 }));
    const slots = Reflect.get(globalThis, Symbol.for('nestjs-hindsight/v1')) as Map<string, object>;

    expect(slots.get('spec: shared')).toBe(mine);
  });
});
