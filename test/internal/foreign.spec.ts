import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import {
  asText,
  classNameOf,
  inspectValue,
  isArray,
  isError,
  isInstance,
  isPlainObject,
  keysOf,
  readProperty,
  readStack,
  throwsMark,
} from '../../lib/internal/foreign';
import { revokedProxy } from '../support/hostile-values';

class Order {
  id = 7;
}

const refuse = (): never => {
  throw new Error('refused');
};

/** Objects that throw when they are looked at, each in another place. */
const HOSTILE: readonly (readonly [what: string, value: object])[] = [
  ['a revoked Proxy', revokedProxy()],
  [
    'a Proxy whose traps all throw',
    new Proxy({}, { getPrototypeOf: refuse, ownKeys: refuse, get: refuse, has: refuse }),
  ],
  [
    'an object whose inspection throws',
    {
      [inspect.custom]: refuse,
      get name(): string {
        return refuse();
      },
    },
  ],
];

describe('isError', () => {
  it.each([new Error('x'), new TypeError('x'), new AggregateError([]), new (class extends Error {})('x')])(
    'is true of %o',
    (value) => {
      expect(isError(value)).toBe(true);
    },
  );

  it('is true of an Error of another realm, as Node’s own are under Jest', () => {
    const foreign: unknown = runInNewContext('new RangeError("x")');

    expect(foreign instanceof Error).toBe(false);
    expect(isError(foreign)).toBe(true);
  });

  it.each(['text', undefined, null, {}, { name: 'Error', message: 'x' }])('is false of %o', (value) => {
    expect(isError(value)).toBe(false);
  });
});

describe('isPlainObject', () => {
  it.each([{}, { a: 1 }, Object.create(null)])('is true of %o', (value) => {
    expect(isPlainObject(value)).toBe(true);
  });

  it.each([undefined, null, 1, 'a', [], new Date(), new Map(), new Error('x'), () => {}, new Order()])(
    'is false of %o',
    (value) => {
      expect(isPlainObject(value)).toBe(false);
    },
  );

  it('is false of an object whose prototype is another object, such as a class of another realm', () => {
    expect(isPlainObject(Object.create({ inherited: true }))).toBe(false);
    expect(isPlainObject(runInNewContext('new (class Order {})()'))).toBe(false);
  });
});

describe('objects that throw', () => {
  // Not it.each: vitest itself looks at the values of a table.
  for (const [what, value] of HOSTILE)
    it(`are read without an Error: ${what}`, () => {
      expect(isError(value)).toBe(false);
      expect(isInstance(value, Order)).toBe(false);
      expect(readProperty(value, 'name')).toBeUndefined();
      expect(Array.isArray(keysOf(value))).toBe(true);
      expect(classNameOf(value)).toBe('Object');
      expect(isArray(value)).toBe(false);
      expect(typeof inspectValue(value)).toBe('string');
    });
});

describe('isInstance', () => {
  it('is instanceof', () => {
    expect(isInstance(new Order(), Order)).toBe(true);
    expect(isInstance({}, Order)).toBe(false);
  });

  it('is false for a class whose check throws', () => {
    class Hostile {
      static [Symbol.hasInstance](): boolean {
        return refuse();
      }
    }

    expect(isInstance({}, Hostile)).toBe(false);
  });
});

describe('readProperty', () => {
  it('reads the properties of objects and functions', () => {
    expect(readProperty({ a: 1 }, 'a')).toBe(1);
    expect(readProperty(Order, 'name')).toBe('Order');
  });

  it.each([undefined, null, 'text', 7])('is undefined for %o', (value) => {
    expect(readProperty(value, 'length')).toBeUndefined();
  });
});

describe('classNameOf', () => {
  it.each([
    [new Order(), 'Order'],
    [Object.create(null) as object, 'Object'],
    [Object.create({ constructor: { name: 7 } }) as object, 'Object'],
  ])('%# is the name of the class', (value, name) => {
    expect(classNameOf(value)).toBe(name);
  });
});

describe('throwsMark', () => {
  const nested = new Error('x');
  Object.defineProperty(nested, 'message', { value: { [inspect.custom]: refuse } });

  it.each([
    [new Error('refused'), '[Throws: refused]'],
    ['a string', '[Throws: a string]'],
    [Symbol('s'), '[Throws: Symbol(s)]'],
    [new Error('x'.repeat(300)), `[Throws: ${'x'.repeat(200)}…]`],
    [nested, '[Throws: a value without a text]'],
  ])('%# names the reason', (thrown, mark) => {
    expect(throwsMark(thrown)).toBe(mark);
  });

  it('does not read an object that was thrown', () => {
    expect(throwsMark(revokedProxy())).toBe('[Throws: a value without a text]');
  });
});

describe('inspectValue', () => {
  it('marks a value that throws while it is inspected', () => {
    expect(inspectValue({ [inspect.custom]: refuse })).toBe('[Throws: refused]');
  });

  it('marks a value that throws itself', () => {
    const thrower: object = {
      [inspect.custom]() {
        throw thrower;
      },
    };

    expect(inspectValue(thrower)).toBe('[Throws: a value without a text]');
  });
});

describe('asText', () => {
  it.each([
    ['as it is', 'as it is'],
    [['a', 1], "[ 'a', 1 ]"],
    [undefined, 'undefined'],
  ])('%o is %s', (value, text) => {
    expect(asText(value)).toBe(text);
  });
});

describe('readStack', () => {
  /** As text it has 2^40 items. */
  const endless = Array.from({ length: 40 }).reduce((inner: unknown) => [inner, inner], 1);

  it.each(['name', 'message'])('does not wait for the endless text of a %s', (key) => {
    expect(readStack(Object.assign(new Error('boom'), { [key]: endless }))).toBeUndefined();
  });

  it('is the stack of other Errors', () => {
    const error = Object.assign(new Error('boom'), { message: ['one', ['two']] });

    expect(readStack(error)).toMatch(/^Error: one,two\n {4}at /);
    expect(readStack({ stack: 'text' })).toBe('text');
    expect(readStack({})).toBeUndefined();
  });
});
