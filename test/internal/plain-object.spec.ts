import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { isPlainObject } from '../../lib/internal/plain-object';

describe('isPlainObject', () => {
  it.each([{}, { a: 1 }, Object.create(null)])('is true of %o', (value) => {
    expect(isPlainObject(value)).toBe(true);
  });

  it.each([
    undefined,
    null,
    1,
    'a',
    [],
    new Date(),
    new Map(),
    new Error('x'),
    () => {},
    new (class Order {})(),
  ])('is false of %o', (value) => {
    expect(isPlainObject(value)).toBe(false);
  });

  it('is false of an object whose prototype is another object, such as a class of another realm', () => {
    expect(isPlainObject(Object.create({ inherited: true }))).toBe(false);
    expect(isPlainObject(runInNewContext('new (class Order {})()'))).toBe(false);
  });
});
