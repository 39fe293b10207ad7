import { describe, expect, it } from 'vitest';
import { escapeAllButNewlines, escapeControls, escapeStack } from '../../lib/internal/control-characters';

describe('escapeControls', () => {
  const cases: readonly (readonly [raw: string, shown: string])[] = [
    ['\n', '\\n'],
    ['\r', '\\r'],
    ['\0', '\\x00'],
    ['\b', '\\x08'],
    ['\u001b[2J', '\\x1b[2J'],
    ['\u007f', '\\x7f'],
    ['\u0085', '\\x85'],
    ['\u009b', '\\x9b'],
    ['\u2028', '\\u2028'],
    ['\u2029', '\\u2029'],
    ['\u00ad', '\\xad'],
    ['\u061c', '\\u061c'],
    ['\u180e', '\\u180e'],
    ['\u200b', '\\u200b'],
    ['\u200e\u200f', '\\u200e\\u200f'],
    ['\u202a\u202b\u202c\u202d\u202e', '\\u202a\\u202b\\u202c\\u202d\\u202e'],
    ['\u2060\u2064\u206f', '\\u2060\\u2064\\u206f'],
    ['\u2066\u2067\u2068\u2069', '\\u2066\\u2067\\u2068\\u2069'],
    ['\ufeff', '\\ufeff'],
    ['\ufff9\ufffb', '\\ufff9\\ufffb'],
    ['\u{e0001}\u{e0041}\u{e007f}', '\\u{e0001}\\u{e0041}\\u{e007f}'],
    ['\u{1d173}\u{1bca0}\u{13430}', '\\u{1d173}\\u{1bca0}\\u{13430}'],
    ['\u200d', '\\u200d'],
    ['pay\u200cpal', 'pay\\u200cpal'],
    ['\u0645\u06cc\u200c\u200c\u062e', '\u0645\u06cc\\u200c\\u200c\u062e'],
  ];

  it.each(cases)('writes %j as %s', (raw, shown) => {
    expect(escapeControls(raw)).toBe(shown);
  });

  // Short texts take another way through the code.
  it.each(cases)('writes %j as %s at the end of a long text', (raw, shown) => {
    const long = 'a text of more than sixteen characters';

    expect(escapeControls(long + raw)).toBe(long + shown);
  });

  it.each([
    '',
    'plain',
    'a\ttab',
    'é 年 😀',
    'é 年 😀, and more than sixteen characters',
    // A family, a repairer, a pride flag, a heart on fire: emoji that joiners put together.
    '👩‍👩‍👧 🧑🏽‍🔧 🏳️‍🌈 ❤️‍🔥',
    // "I want" and "books" in Persian, "kṣa" in Devanagari: the joiner changes how a letter is written.
    'می‌خواهم کتاب‌ها क्‍ष',
    // Visible signs of the same category: the Arabic sign of a number, the end of a verse.
    '\u0600 \u06dd',
  ])('leaves %j alone', (text) => {
    expect(escapeControls(text)).toBe(text);
  });
});

describe('escapeAllButNewlines', () => {
  it('keeps line breaks only', () => {
    expect(escapeAllButNewlines('a\nb\rc\0d\u202ee')).toBe('a\nb\\rc\\x00d\\u202ee');
  });
});

describe('escapeStack', () => {
  it('keeps the lines of a stack', () => {
    const stack = 'TypeError: bad\n    at f (file.js:1:2)\n\n\tat g';

    expect(escapeStack(stack)).toBe(stack);
  });

  it.each(['Error', 'Error: x', 'QueryException: x', 'Error [ERR_OPTION]: x', 'pg.DatabaseError: x'])(
    'does not indent a first line of %j',
    (line) => {
      expect(escapeStack(line)).toBe(line);
    },
  );

  it.each(['2024-01-01 INFO root fine', 'INFO Error: x', '{"level":"INFO"}'])(
    'indents a first line of %j, which has no error name',
    (line) => {
      expect(escapeStack(line)).toBe(`    ${line}`);
    },
  );

  it('indents the lines after a newline in the message, even with an error name', () => {
    expect(escapeStack('Error: a\nError: forged\nINFO forged')).toBe(
      'Error: a\n    Error: forged\n    INFO forged',
    );
  });

  it('escapes invisible characters, also at the beginning of a line', () => {
    expect(escapeStack('Error: a\n\u202e\ufeffINFO forged')).toBe('Error: a\n    \\u202e\\ufeffINFO forged');
  });

  it('escapes other control characters, so that a lone carriage return starts no line', () => {
    expect(escapeStack('Error: a\rINFO forged\u001b[A\u2028x')).toBe('Error: a\\rINFO forged\\x1b[A\\u2028x');
  });
});
