import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { printable, printableData } from '../../../lib/internal/print/printable';

const authorization = 'Bearer s3cret';

describe('printable', () => {
  it.each([5, 'authorization: x', null, undefined, { a: [1] }, new Date(0), new Map([[1, 2]])])(
    'returns %o itself, since nothing has to change',
    (value) => {
      expect(printable(value)).toBe(value);
    },
  );

  it('recognises headers by the key of the value', () => {
    expect(inspect(printable({ authorization }, 'headers'))).toBe("{ authorization: '[Redacted]' }");
    expect(printable(`GET / HTTP/1.1\r\nauthorization: ${authorization}`, '_header')).toBe(
      'GET / HTTP/1.1\r\nauthorization: [Redacted]',
    );
    expect(printable({ authorization }, 'body')).toEqual({ authorization });
  });

  it('does not print properties of a function', () => {
    expect(inspect(printable({ run: Object.assign(() => 1, { headers: { authorization } }) }))).toBe(
      '{ run: [Function: anonymous] }',
    );
  });

  it('keeps an instance that prints itself', () => {
    class Money {
      readonly #cents = 5;
      [inspect.custom](): string {
        return `${this.#cents} cents`;
      }
    }

    expect(
      inspect(printable({ price: new Money(), list: [new URL('http://shop/x')] }), { depth: 0 }),
    ).toContain('price: 5 cents');
  });
});

describe('printableData', () => {
  it('calls toJSON, and marks values that JSON does not support', () => {
    const value: Record<string, unknown> = { at: { toJSON: () => 'now' } };
    value['self'] = value;

    expect(JSON.stringify(printableData(value))).toBe('{"at":"now","self":"[Circular]"}');
  });
});
