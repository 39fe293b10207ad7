import { describe, expect, it } from 'vitest';
import { MappingArguments, renderMapping } from '../../lib/core/mapping-arguments';

describe('MappingArguments', () => {
  it('stays what it is when it is copied', () => {
    const list = MappingArguments.of({ a: 1 });

    expect(list.slice()).toBeInstanceOf(MappingArguments);
    expect(list.slice()[0]).toEqual({ a: 1 });
  });
});

describe('renderMapping', () => {
  it("formats as Python's % with a dict", () => {
    expect(renderMapping('%(a)-4s|%(b)05.1f|%(a)r %%', { a: 'x', b: 2.25 })).toBe("x   |002.2|'x' %");
  });

  it.each<readonly [string, string, object]>([
    ['a name that is missing', '%(b)s', { a: 1 }],
    ['a name of the prototype', '%(constructor)s', { a: 1 }],
    ['a text for %d', '%(a)d', { a: 'x' }],
    ['a format that ends too early', '100%', { a: 1 }],
    ['a conversion without a name', '%s', { a: 1 }],
    ['a width of megabytes', '%(a)9000000s', { a: 1 }],
    ['an empty message', '', { a: 1 }],
    [
      'a getter that throws',
      '%(a)s',
      {
        get a(): never {
          throw new Error('no');
        },
      },
    ],
  ])('is undefined for %s', (_what, message, mapping) => {
    expect(renderMapping(message, mapping)).toBeUndefined();
  });

  it('is undefined for a message that would have megabytes', () => {
    expect(renderMapping('%(a)s'.repeat(100), { a: 'x'.repeat(20_000) })).toBeUndefined();
    expect(renderMapping('%(a)s'.repeat(10), { a: 'x'.repeat(20_000) })).toHaveLength(200_000);
  });
});
