import { describe, expect, it } from 'vitest';
import { dictConfig, LogfmtFormatter, Manager, type LogfmtFormatterOptions } from '../../lib/logging';
import { some, type SomeRecord } from '../support/some';

const CREATED = Date.UTC(2024, 1, 29, 8, 15, 0, 123) / 1000;

function line(record: SomeRecord, options: LogfmtFormatterOptions = {}): string {
  return new LogfmtFormatter(options).format(some.record({ message: 'placed', created: CREATED, ...record }));
}

/** What stands after the message. */
function fields(extra: Record<string, unknown>, options: LogfmtFormatterOptions = {}): string {
  return line({ extra }, options).split(' msg=placed ')[1] ?? '';
}

describe('LogfmtFormatter', () => {
  it('writes time, level, logger, message and the fields of extra', () => {
    expect(line({ message: 'order placed', extra: { order: 13, paid: true, note: null } })).toBe(
      'time=2024-02-29T08:15:00.123Z level=info logger=shop.orders msg="order placed" order=13 paid=true note=null',
    );
  });

  it.each<[unknown, string]>([
    ['plain', 'plain'],
    ['', ''],
    ['two words', '"two words"'],
    ['a=b', '"a=b"'],
    ['say "hi"', String.raw`"say \"hi\""`],
    ['null', '"null"'],
    [null, 'null'],
    ['a\nb\r\tc', String.raw`"a\nb\r\tc"`],
    ['\b\f\u001b', String.raw`"\u0008\u000c\u001b"`],
    ['\u007f', String.raw`"\u007f"`],
    ['żółć', 'żółć'],
    [String.raw`C:\logs`, String.raw`C:\logs`],
    [10n, '10'],
    [Number.NaN, 'NaN'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [{ a: [1, 'x'] }, String.raw`"{\"a\":[1,\"x\"]}"`],
    [[1, 2], '[1,2]'],
  ])('writes values as go-logfmt does: %#', (value, text) => {
    expect(fields({ key: value })).toBe(`key=${text}`);
  });

  it('leaves out of keys what they cannot have, and writes no key twice', () => {
    expect(fields({ 'a b="c"': 1, '': 2, msg: 3, ab: 4, 'a b': 5 })).toBe(
      'abc=1 _=2 extra.msg=3 ab=4 extra.ab=5',
    );
  });

  it('writes an error with its stack on the same line', () => {
    const error = new TypeError('no "price"', { cause: new Error('broken') });

    const text = line({ error });

    expect(text).toContain(
      String.raw` err="TypeError: no \"price\"" stack="TypeError: no \"price\"\n    at `,
    );
    expect(text).toContain(String.raw`\n[cause]: Error: broken`);
    expect(text).not.toContain('\n');
    expect(line({ error: 'a text' })).toContain(' err="a text" ');
  });

  it('redacts as the other formatters do', () => {
    const extra = { password: 'x', user: { token: 'y', id: 1 } };

    expect(fields(extra, { redact: ['password', '*.token'], censor: '***' })).toBe(
      String.raw`password=*** user="{\"token\":\"***\",\"id\":1}"`,
    );
  });

  it('cuts a long value', () => {
    expect(fields({ key: 'x'.repeat(20) }, { maxValueLength: 10 })).toMatch(/^key="?x{10}/);
  });

  it('survives what throws and what contains itself', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    const hostile = {
      get key(): never {
        throw new Error('no');
      },
    };

    expect(fields({ cycle })).toContain('[Circular]');
    expect(fields(hostile)).toContain('Throws: ');
  });

  it('is found by configurations under its class and under its short name', () => {
    const manager = new Manager();

    dictConfig(
      {
        version: 1,
        formatters: { short: { class: 'LogfmtFormatter', max_value_length: 5 } },
        handlers: {
          a: { class: 'NullHandler', formatter: 'short' },
          b: { class: 'NullHandler', formatter: 'logfmt' },
        },
        root: { handlers: ['a', 'b'] },
      },
      { manager },
    );

    expect(manager.root.handlers.map(({ formatter }) => formatter)).toEqual([
      expect.any(LogfmtFormatter),
      expect.any(LogfmtFormatter),
    ]);
  });

  it.each([
    [{ maxValueLength: 0 }, 'LogfmtFormatter: "maxValueLength" must be a positive integer, got 0.'],
    [{ maxValueLenght: 1 }, 'unknown option "maxValueLenght", did you mean "maxValueLength"?'],
  ])('refuses %j', (options, message) => {
    expect(() => new LogfmtFormatter(options as LogfmtFormatterOptions)).toThrow(message);
  });
});
