import { describe, expect, it } from 'vitest';
import { parseMailboxes } from '../../../lib/handlers/mail/addresses';

const OPTION = { owner: 'SMTPHandler', name: 'toaddrs' } as const;

describe('parseMailboxes', () => {
  it.each([
    ['ops@example.com', [['', 'ops@example.com']]],
    ['root', [['', 'root']]],
    ['Ops Team <ops@example.com>', [['Ops Team', 'ops@example.com']]],
    ['"Smith, \\"Joe\\"" <joe@example.com>', [['Smith, "Joe"', 'joe@example.com']]],
    ['<ops@example.com>', [['', 'ops@example.com']]],
    [
      'a@example.com, B <b@example.com>,c',
      [
        ['', 'a@example.com'],
        ['B', 'b@example.com'],
        ['', 'c'],
      ],
    ],
    ['"john doe"@example.com', [['', '"john doe"@example.com']]],
    ['ops@[127.0.0.1]', [['', 'ops@[127.0.0.1]']]],
    ['прил@example.com', [['', 'прил@example.com']]],
    ['ops@пример.рф', [['', 'ops@xn--e1afmkfd.xn--p1ai']]],
  ])('reads %s', (text, expected) => {
    expect(parseMailboxes(OPTION, text)).toEqual(expected.map(([name, address]) => ({ name, address })));
  });

  it.each(['', ' ', 'a b', 'a@example.com> SIZE=1', 'a@b@c', '<a@b', 'a@', 'Joe <a@b> <c@d>', '"a <b@c>'])(
    'refuses %j',
    (text) => {
      expect(() => parseMailboxes(OPTION, text)).toThrow(
        'SMTPHandler: "toaddrs" must hold mail addresses, got ',
      );
    },
  );

  it.each(['a@example.com\r\nBcc: evil@example.com', 'a@example.com\nx', 'a\0b', 'a\x1bb'])(
    'refuses the line breaks and control characters of %j',
    (text) => {
      expect(() => parseMailboxes(OPTION, text)).toThrow('"toaddrs" must not contain line breaks');
    },
  );

  it('refuses what is not text', () => {
    expect(() => parseMailboxes(OPTION, 7)).toThrow('SMTPHandler: "toaddrs" must be a string, got number.');
  });

  it.each([
    ['brackets', '<'],
    ['quotes', '"\\'],
    ['brackets and letters', '<a'],
    ['spaces', ' x'],
    ['names', 'a <'],
  ])('refuses a long row of %s in linear time', (_what, piece) => {
    const start = performance.now();

    expect(() => parseMailboxes(OPTION, `a${piece.repeat(100_000)}`)).toThrow(
      '"toaddrs" must hold mail addresses',
    );
    expect(() => parseMailboxes(OPTION, `a${' '.repeat(100_000)}${piece}`)).toThrow(
      'must hold mail addresses',
    );
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('takes quotes, commas and brackets in a quoted part', () => {
    expect(parseMailboxes(OPTION, '"a, <b>" <x@y>, <"c<,d"@z>')).toEqual([
      { name: 'a, <b>', address: 'x@y' },
      { name: '', address: '"c<,d"@z' },
    ]);
  });
});
