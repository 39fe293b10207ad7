import { describe, expect, it } from 'vitest';
import { Filter } from '../../lib/core/filter';
import { some } from '../support/some';

describe('Filter', () => {
  it.each([
    ['', 'anything', true],
    ['a.b', 'a.b', true],
    ['a.b', 'a.b.c', true],
    ['a.b', 'a.bb', false],
    ['a.b', 'a', false],
  ])('named %j answers %j with %s', (filter, name, passes) => {
    expect(new Filter(filter).filter(some.record({ name }))).toBe(passes);
  });

  it('passes everything without a name', () => {
    expect(new Filter().filter(some.record())).toBe(true);
  });
});
