import { describe, expect, it } from 'vitest';
import { escapeControls, escapeStack } from '../../lib/internal/control-characters';

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
  ];

  it.each(cases)('writes %j as %s', (raw, shown) => {
    expect(escapeControls(raw)).toBe(shown);
  });

  // Short texts take another way through the code.
  it.each(cases)('writes %j as %s at the end of a long text', (raw, shown) => {
    const long = 'a text of more than sixteen characters';

    expect(escapeControls(long + raw)).toBe(long + shown);
  });

  it.each(['', 'plain', 'a\ttab', 'é 年 😀', 'é 年 😀, and more than sixteen characters'])(
    'leaves %j alone',
    (text) => {
      expect(escapeControls(text)).toBe(text);
    },
  );
});

describe('escapeStack', () => {
  it('keeps the lines of a stack', () => {
    const stack = 'TypeError: bad\n    at f (file.js:1:2)\n\n\tat g';

    expect(escapeStack(stack)).toBe(stack);
  });

  it.each(['Error', 'Error: x', 'QueryException: x', 'Error [ERR_OPTION]: x', 'pg.DatabaseError: x'])(
    'leaves a first line of %j at the margin',
    (line) => {
      expect(escapeStack(line)).toBe(line);
    },
  );

  it.each(['2024-01-01 INFO root fine', 'INFO Error: x', '{"level":"INFO"}'])(
    'sets in a first line of %j, which names no error',
    (line) => {
      expect(escapeStack(line)).toBe(`    ${line}`);
    },
  );

  it('sets in what follows a newline in the message, even when it names an error', () => {
    expect(escapeStack('Error: a\nError: forged\nINFO forged')).toBe(
      'Error: a\n    Error: forged\n    INFO forged',
    );
  });

  it('writes other controls as escapes, so that a lone carriage return starts no line', () => {
    expect(escapeStack('Error: a\rINFO forged\u001b[A\u2028x')).toBe('Error: a\\rINFO forged\\x1b[A\\u2028x');
  });
});
