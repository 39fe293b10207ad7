import { describe, expect, it } from 'vitest';
import { quote } from '../../../lib/formatters/json/json-text';

describe('quote', () => {
  const cases: readonly (readonly [text: string, json: string])[] = [
    ['"', '\\"'],
    ['\\', '\\\\'],
    ['\n', '\\n'],
    ['\u001b', '\\u001b'],
    ['\u007f', '\\u007f'],
    ['\u0085', '\\u0085'],
    ['\u2028', '\\u2028'],
    ['\u2029', '\\u2029'],
    ['\ud800', '\\ud800'],
    ['\u00ad', '\\u00ad'],
    ['\u202e\u2066', '\\u202e\\u2066'],
    ['\ufeff\u200b', '\\ufeff\\u200b'],
    ['\u{e0041}', '\\udb40\\udc41'],
    ['pay\u200dpal', 'pay\\u200dpal'],
    ['👩‍👧', '👩‍👧'],
    ['می‌خواهم', 'می‌خواهم'],
    ['é 年', 'é 年'],
    ['😀', '😀'],
  ];

  it.each(cases)('writes %j as %s', (text, json) => {
    expect(quote(text)).toBe(`"${json}"`);
    expect(JSON.parse(quote(text))).toBe(text);
  });

  // Short texts take another way through the code.
  it.each(cases)('writes %j as %s in a long text', (text, json) => {
    const long = 'more than sixteen characters ';

    expect(quote(long + text)).toBe(`"${long}${json}"`);
  });
});
