import { describe, expect, it } from 'vitest';
import { Formatter } from '../../../lib/formatters';
import { quotePlus, recordDict, urlEncoded } from '../../../lib/handlers/http/record-dict';
import { some } from '../../support/some';

describe('recordDict', () => {
  it("has Python's attributes in Python's order, None where there is nothing", () => {
    const record = some.record({ message: 'order %s', args: [7] });

    expect(Object.entries(recordDict(record))).toEqual([
      ['name', 'shop.orders'],
      ['msg', 'order %s'],
      ['args', [7]],
      ['levelname', 'INFO'],
      ['levelno', 20],
      ['pathname', ''],
      ['filename', ''],
      ['module', ''],
      ['exc_info', null],
      ['exc_text', null],
      ['stack_info', null],
      ['lineno', 0],
      ['funcName', null],
      ['created', record.created],
      ['msecs', record.msecs],
      ['relativeCreated', record.relativeCreated],
      ['thread', 0],
      ['threadName', record.threadName],
      ['processName', 'MainProcess'],
      ['process', process.pid],
      ['taskName', null],
    ]);
  });

  it('has the message once a formatter has made it, as in Python', () => {
    const record = some.record({ message: 'order %s', args: [7] });
    new Formatter('%(asctime)s %(message)s').format(record);

    expect(Object.keys(recordDict(record)).slice(-2)).toEqual(['message', 'asctime']);
    expect(recordDict(record)['message']).toBe('order 7');
  });

  it('has the fields of extra behind the attributes, and never in the place of one', () => {
    const args = [7, { user: 'bob', name: 'forged' }];

    const dict = recordDict(some.record({ message: 'order %s', args }));

    expect(dict).toMatchObject({ name: 'shop.orders', args: [7], user: 'bob' });
    expect(Object.keys(dict).at(-1)).toBe('user');
  });

  it('takes the Error and the fields off the arguments in either order', () => {
    const error = new Error('boom');
    const args = [[error, { user: 'bob' }] as const, [{ user: 'bob' }, error] as const];

    for (const last of args)
      expect(recordDict(some.record({ message: '%s', args: [7, ...last] }))).toMatchObject({
        args: [7],
        user: 'bob',
        exc_text: error.stack,
      });
  });

  it('has the text behind an object as the message, and the keys of the object', () => {
    const error = new Error('boom');

    expect(
      recordDict(some.record({ message: { user: 'bob', err: error }, args: ['order %s', 7, { id: 1 }] })),
    ).toMatchObject({ msg: 'order %s', args: [7], user: 'bob', id: 1, exc_text: error.stack });
    expect(recordDict(some.record({ message: { user: 'bob', message: 'placed' } }))).toMatchObject({
      msg: 'placed',
      args: [],
      user: 'bob',
    });
  });

  it('keeps an Error that a placeholder prints among the arguments', () => {
    const error = new Error('boom');

    expect(recordDict(some.record({ message: 'failed: %s', args: [error] }))).toMatchObject({
      args: [error],
      exc_text: error.stack,
    });
  });

  it('keeps an object that a placeholder prints among the arguments', () => {
    const dict = recordDict(some.record({ message: '%j', args: [{ user: 'bob' }] }));

    expect(dict['args']).toEqual([{ user: 'bob' }]);
    expect(dict).not.toHaveProperty('user');
  });

  it('keeps the arguments of a record that was made of data with fields of its own', () => {
    const record = some.record({ message: 'order %s', args: [7, { id: 1 }], extra: { user: 'bob' } });

    expect(recordDict(record)).toMatchObject({ args: [7, { id: 1 }], user: 'bob' });
  });

  it('has the ids of the scope', () => {
    const record = some.record();
    record.context = { id: 's1', fields: { requestId: 'r1', name: 'forged' }, tree: {} };

    expect(recordDict(record)).toMatchObject({ name: 'shop.orders', requestId: 'r1', taskName: 's1' });
  });

  it('tells of an Error as Python does of an exception, with the stack as text', () => {
    const error = new TypeError("it's broken");

    const dict = recordDict(some.record({ message: 'order %s failed', args: [7, error] }));

    expect(dict['args']).toEqual([7]);
    expect(dict['exc_info']).toBe(`(<class 'TypeError'>, TypeError("it's broken"), None)`);
    expect(dict['exc_text']).toBe(error.stack);
  });

  it('calls a lazy message', () => {
    expect(recordDict(some.record({ message: () => 'made %s', args: ['late'] }))).toMatchObject({
      msg: 'made late',
      args: [],
    });
  });
});

describe('quotePlus', () => {
  it('leaves letters, digits and _.-~ alone and escapes all other ASCII characters', () => {
    const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join('');
    const unsafe = (code: number): string => `%${code.toString(16).toUpperCase().padStart(2, '0')}`;

    expect(quotePlus(ascii)).toBe(
      Array.from(ascii, (character) => {
        if (character === ' ') return '+';
        return /[\w.~-]/.test(character) ? character : unsafe(character.charCodeAt(0));
      }).join(''),
    );
  });

  it('escapes the UTF-8 of other characters, and a lone surrogate as U+FFFD', () => {
    expect(quotePlus('é✓\u{1f600}\ud800')).toBe('%C3%A9%E2%9C%93%F0%9F%98%80%EF%BF%BD');
  });
});

describe('urlEncoded', () => {
  it('joins names and values in their order', () => {
    expect(
      urlEncoded([
        ['b c', 1],
        ['é&', ''],
        ['a', 'x y'],
      ]),
    ).toBe('b+c=1&%C3%A9%26=&a=x+y');
  });

  it.each([
    [null, 'None'],
    [undefined, 'None'],
    [true, 'True'],
    [-0, '-0.0'],
    [1.5, '1.5'],
    [1e21, '1e%2B21'],
    [Number.NaN, 'nan'],
    [10n ** 20n, '100000000000000000000'],
    [['a', "b'", null], '%5B%27a%27%2C+%22b%27%22%2C+None%5D'],
    [{ a: [1.5, false] }, '%7B%27a%27%3A+%5B1.5%2C+False%5D%7D'],
    [Buffer.from([0x61, 0x20, 0xc2, 0xff, 0x25]), 'a+%C2%FF%25'],
  ])('writes %s as Python would', (value, text) => {
    expect(urlEncoded([['k', value]])).toBe(`k=${text}`);
  });

  it('writes times as floats and args as a tuple, as they are in Python', () => {
    const text = urlEncoded([
      ['created', 1_700_000_000],
      ['args', ['x']],
      ['other', 1_700_000_000],
    ]);

    expect(text).toBe('created=1700000000.0&args=%28%27x%27%2C%29&other=1700000000');
  });

  it('is empty without entries', () => {
    expect(urlEncoded([])).toBe('');
  });
});
