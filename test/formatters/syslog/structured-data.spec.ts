import { describe, expect, it } from 'vitest';
import {
  checkSdId,
  escapeParamValue,
  paramName,
  structuredData,
} from '../../../lib/formatters/syslog/structured-data';

describe('paramName', () => {
  it.each([
    ['order.id', 'order.id'],
    ['a b="c"]', 'a_b__c__'],
    ['größe\n😀', 'gr__e__'],
    ['', '_'],
    ['x'.repeat(40), 'x'.repeat(32)],
  ])('makes %j legal', (key, name) => {
    expect(paramName(key)).toBe(name);
  });
});

describe('escapeParamValue', () => {
  it('escapes the quote, the backslash and the closing bracket, and nothing else', () => {
    expect(escapeParamValue('[a]"b"\\c\n=é')).toBe('[a\\]\\"b\\"\\\\c\n=é');
  });
});

describe('checkSdId', () => {
  it.each(['hindsight@32473', 'a@1.2.3'])('accepts %s', (id) => {
    expect(checkSdId('X', id)).toBe(id);
  });

  it.each(['shop', 'a b@1', 'a"@1', 'a@', `${'x'.repeat(30)}@32473`])('refuses %j', (id) => {
    expect(() => checkSdId('Rfc5424Formatter', id)).toThrow(/^Rfc5424Formatter: "sdId" must be name@number/);
  });
});

describe('structuredData', () => {
  it('is one element with the parameters in their order', () => {
    expect(
      structuredData(
        'a@1',
        [
          ['b', '1'],
          ['c', 'x"y'],
        ],
        1000,
      ),
    ).toBe('[a@1 b="1" c="x\\"y"]');
  });

  it('is a hyphen without parameters', () => {
    expect(structuredData('a@1', [], 1000)).toBe('-');
  });

  it('counts in bytes, leaves out what does not fit, and says how much that is', () => {
    expect(
      structuredData(
        'a@1',
        [
          ['b', 'é'.repeat(10)],
          ['c', 'x'],
          ['d', 'é'.repeat(20)],
        ],
        40,
      ),
    ).toBe(`[a@1 b="${'é'.repeat(10)}" c="x" cut="1"]`);
  });
});
