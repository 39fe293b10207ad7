/** joinFields: a scope's fields beside those of the scope around it. */
import { describe, expect, it } from 'vitest';
import { joinFields } from '../../lib/scope/scope-init';

describe('joinFields', () => {
  const outer = { requestId: 'r-1', step: 1 };

  it('adds the own fields to the outer ones; the own win', () => {
    expect(joinFields(outer, { step: 2, orderId: 7 })).toEqual({ requestId: 'r-1', step: 2, orderId: 7 });
  });

  it('makes no new object where one of them is missing', () => {
    expect(joinFields(outer)).toBe(outer);
    expect(joinFields(undefined, outer)).toBe(outer);
    expect(joinFields()).toEqual({});
  });
});
