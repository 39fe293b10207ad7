import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { bytesText, cutText, PrintedText, tooDeepText } from '../../../lib/internal/print/printed-text';

describe('PrintedText', () => {
  it('is printed as its text in every way', () => {
    const mark = new PrintedText('[Circular]');

    expect(inspect({ a: [mark] })).toBe('{ a: [ [Circular] ] }');
    expect(format('%s %o %O', mark, mark, mark)).toBe('[Circular] [Circular] [Circular]');
    expect(JSON.stringify({ mark })).toBe('{"mark":"[Circular]"}');
  });
});

describe('bytesText', () => {
  it.each([
    [Buffer.from('ab'), '[Buffer of 2 bytes: 6162]'],
    [new Uint16Array(20), `[Uint16Array of 40 bytes: ${'00'.repeat(32)}…]`],
    [new DataView(new ArrayBuffer(1)), '[DataView of 1 bytes: 00]'],
    [new ArrayBuffer(3), '[ArrayBuffer of 3 bytes: 000000]'],
    [new SharedArrayBuffer(1), '[ArrayBuffer of 1 bytes: 00]'],
  ])('of %o is %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });
});

describe('cutText', () => {
  it('cuts between characters, and says how much is missing', () => {
    expect(cutText('a😀bc', 2)).toBe('a…[4 more characters cut]');
    expect(cutText('a😀bc', 3)).toBe('a😀…[2 more characters cut]');
    expect(cutText('abcdef', 2)).toBe('ab…[4 more characters cut]');
    expect(cutText('abc', 3)).toBe('abc');
  });
});

describe('tooDeepText', () => {
  it.each([
    [[1, 2], '[Array(2)]'],
    [{ a: 1 }, '[Object]'],
    [new RangeError('too far'), '[RangeError: too far]'],
  ])('of %o is %s', (value, text) => {
    expect(tooDeepText(value)).toBe(text);
  });
});
