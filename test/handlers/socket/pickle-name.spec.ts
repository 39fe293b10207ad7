import { describe, expect, it } from 'vitest';
import { PickleName } from '../../../lib/handlers/socket/pickle-name';
import { UnpicklingError } from '../../../lib/handlers/socket/unpickling.error';

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
