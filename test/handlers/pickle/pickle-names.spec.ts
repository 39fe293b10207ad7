import { describe, expect, it } from 'vitest';
import { UnpicklingError } from '../../../lib/errors';
import {
  isoDate,
  isoDateTime,
  isoOffset,
  isoTime,
  keyOf,
  PickleName,
} from '../../../lib/handlers/pickle/pickle-names';

function costOf(value: unknown, size = 0): number {
  let total = 0;
  keyOf(value, size, (cost) => void (total += cost));
  return total;
}

describe('keyOf', () => {
  it.each([['a text'], [1.5], [null], [true], [Object.freeze([1])], [Buffer.from('b')]])(
    'leaves %o as it is',
    (value) => {
      expect(keyOf(value, 0, () => undefined)).toBe(value);
    },
  );

  it('makes the decimal digits of a bigint', () => {
    expect(keyOf(-(2n ** 64n), 0, () => undefined)).toBe('-18446744073709551616');
  });

  it.each([
    ['a list', []],
    ['a dict', new Map()],
    ['a set', new Set()],
  ])('refuses %s', (_what, value) => {
    expect(() => keyOf(value, 0, () => undefined)).toThrow(UnpicklingError);
  });

  it('charges a number for the entries it may have to pass', () => {
    expect(costOf(7, 1000)).toBe(costOf(7) + 1000);
  });

  it('charges a text for its characters and a bigint for its digits', () => {
    expect(costOf('x'.repeat(4000))).toBe(costOf('') + 1000);
    expect(costOf(2n ** 4000n)).toBeGreaterThan(costOf(2n ** 64n) + 1000);
  });

  it('does not charge a text for the entries: its hash has a seed', () => {
    expect(costOf('x', 1000)).toBe(costOf('x'));
  });
});

function reduced(name: string, ...args: readonly unknown[]): unknown {
  const dot = name.lastIndexOf('.');
  return new PickleName(name.slice(0, dot), name.slice(dot + 1)).reduce(
    Object.freeze([...args]),
    () => undefined,
  );
}

describe('PickleName', () => {
  it.each([
    'os.system',
    'builtins.eval',
    'datetime.datetime.now',
    'builtins.range',
    '__main__.X',
    'constructor.name',
  ])('refuses %s', (name) => {
    expect(() => reduced(name)).toThrow(UnpicklingError);
  });

  it('reads bytes as CPython writes them', () => {
    expect(reduced('_codecs.encode', 'aé', 'latin1')).toEqual(Buffer.from([0x61, 0xe9]));
    expect(reduced('__builtin__.bytes')).toEqual(Buffer.alloc(0));
    expect(reduced('builtins.bytearray', Buffer.from('ab'))).toEqual(Buffer.from('ab'));
  });

  it('reads sets', () => {
    expect(reduced('builtins.frozenset', [1, 2])).toEqual(new Set([1, 2]));
  });

  it('reads a timedelta as seconds and a timezone as its offset', () => {
    expect(reduced('datetime.timedelta', 1, 2, 500_000)).toBe(86_402.5);
    expect(reduced('datetime.timezone', 7200)).toBe('+02:00');
  });

  it.each<[string, readonly unknown[]]>([
    ['_codecs.encode', ['abc', 'zlib_codec']],
    ['_codecs.encode', ['abc', 'latin1', 'strict']],
    ['_codecs.encode', ['☃', 'latin1']],
    ['__builtin__.bytes', [999_999_999]],
    ['__builtin__.bytearray', [999_999_999]],
    ['builtins.set', ['text']],
    ['datetime.timedelta', ['1', 0, 0]],
    ['datetime.datetime', [Buffer.alloc(9)]],
  ])('refuses %s of other arguments', (name, args) => {
    expect(() => reduced(name, ...args)).toThrow(`the arguments of ${name} are refused`);
  });

  it('refuses arguments that are no tuple', () => {
    expect(() => new PickleName('builtins', 'set').reduce([], () => undefined)).toThrow(UnpicklingError);
  });
});

const state = (hex: string): Buffer => Buffer.from(hex, 'hex');

describe('isoDateTime', () => {
  it('spells the state of a datetime as isoformat() does', () => {
    expect(isoDateTime([state('07e70b0e160d1401e240')])).toBe('2023-11-14T22:13:20.123456');
    expect(isoDateTime([state('07e70b0e160d14000000'), '+00:00'])).toBe('2023-11-14T22:13:20+00:00');
  });

  it('ignores the flag of the hour that comes twice', () => {
    expect(isoDateTime([state('07e78b0e160d14000000')])).toBe('2023-11-14T22:13:20');
  });

  it('refuses a state of another length, a zone that is no text, and more arguments', () => {
    expect(isoDateTime([state('07e70b0e')])).toBeUndefined();
    expect(isoDateTime([state('07e70b0e160d14000000'), 3600])).toBeUndefined();
    expect(isoDateTime([state('07e70b0e160d14000000'), '+00:00', 1])).toBeUndefined();
    expect(isoDateTime([2023, 11, 14])).toBeUndefined();
  });
});

describe('isoDate', () => {
  it('spells the state of a date', () => {
    expect(isoDate([state('07e8021d')])).toBe('2024-02-29');
    expect(isoDate([state('07e8021d'), '+00:00'])).toBeUndefined();
  });
});

describe('isoTime', () => {
  it('spells the state of a time', () => {
    expect(isoTime([state('0c1e00000001')])).toBe('12:30:00.000001');
  });
});

describe('isoOffset', () => {
  it.each([
    [0, '+00:00'],
    [-12_600, '-03:30'],
    [20_700, '+05:45'],
    [3661, '+01:01:01'],
  ])('spells %d seconds', (seconds, text) => {
    expect(isoOffset([seconds])).toBe(text);
  });

  it('refuses a day and more, and what is no number', () => {
    expect(isoOffset([86_400])).toBeUndefined();
    expect(isoOffset(['1'])).toBeUndefined();
  });
});
