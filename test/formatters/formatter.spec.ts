import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../lib/errors';
import { Formatter } from '../../lib/formatters';
import { some } from '../support/some';

describe('Formatter', () => {
  it('prints the message alone by default', () => {
    expect(new Formatter().format(some.record({ message: 'took %d ms', args: [12] }))).toBe('took 12 ms');
  });

  it('prints fields of extra and ids of the scope', () => {
    const record = some.record({ extra: { user: 'u1' } });
    record.context = { id: 's1', fields: { requestId: 'r1' }, tree: {} };

    expect(new Formatter('%(requestId)s %(user)s %(message)s').format(record)).toBe('r1 u1 order placed');
  });

  it.each(['%(nope)s', '{nope}', '$nope'])('says which field of %s is missing', (fmt) => {
    const style = fmt.startsWith('$') ? '$' : fmt.startsWith('{') ? '{' : '%';

    expect(() => new Formatter(fmt, { style }).format(some.record())).toThrow(
      new FormatError("Formatting field not found in record: 'nope'"),
    );
  });

  it('takes a default for a missing field, and the record before the default', () => {
    const formatter = new Formatter('%(user)s', { defaults: { user: '-' } });

    expect(formatter.format(some.record())).toBe('-');
    expect(formatter.format(some.record({ extra: { user: 'u1' } }))).toBe('u1');
  });

  it('reads own properties only', () => {
    const formatter = new Formatter('{user.constructor}', { style: '{' });

    expect(() => formatter.format(some.record({ extra: { user: { id: 1 } } }))).toThrow(
      "'dict' object has no attribute 'constructor'",
    );
  });

  it('asks for the caller only when the format prints it', () => {
    expect(new Formatter('%(filename)s:%(lineno)d').usesCaller).toBe(true);
    expect(new Formatter('%(message)s').usesCaller).toBe(false);
  });

  it('leaves message and time on the record for later handlers', () => {
    const record = some.record({ created: 1_700_000_000.5 });
    new Formatter('%(asctime)s %(message)s', { utc: true }).format(record);

    expect(record).toMatchObject({ message: 'order placed', asctime: '2023-11-14 22:13:20,500' });
  });

  it('prints the milliseconds that were set on a record, also after one of the same time', () => {
    const formatter = new Formatter('%(asctime)s', { utc: true });
    const record = some.record({ created: 1.25 });
    record.msecs = 7;

    expect(formatter.format(some.record({ created: 1.25 }))).toBe('1970-01-01 00:00:01,250');
    expect(formatter.format(record)).toBe('1970-01-01 00:00:01,007');
    expect(formatter.format(some.record({ created: 1.25 }))).toBe('1970-01-01 00:00:01,250');
  });

  it('prints each second anew', () => {
    const formatter = new Formatter('%(asctime)s', { utc: true });
    const at = (created: number): string => formatter.format(some.record({ created }));

    expect([at(1.25), at(1.5), at(2)]).toEqual([
      '1970-01-01 00:00:01,250',
      '1970-01-01 00:00:01,500',
      '1970-01-01 00:00:02,000',
    ]);
  });

  it('keeps the text of an exception that another formatter made', () => {
    const record = some.record({ error: new Error('boom') });
    record.excText = 'Error: boom (short)';

    expect(new Formatter().format(record)).toBe('order placed\nError: boom (short)');
  });

  it('prints the stack with its causes below the message', () => {
    const error = new Error('outer', { cause: new Error('inner') });

    expect(new Formatter().format(some.record({ error }))).toMatch(
      /^order placed\nError: outer\n {4}at .*\n {4}\[cause\]: Error: inner\n {4}at /s,
    );
  });

  describe('against forged text', () => {
    it('writes line ends and terminal sequences of a message as escapes', () => {
      const message = 'x\r\n2024-01-01 INFO root all fine\u001b[2J\u009b\u2028';

      expect(new Formatter().format(some.record({ message }))).toBe(
        'x\\r\\n2024-01-01 INFO root all fine\\x1b[2J\\x9b\\u2028',
      );
    });

    it('does the same to fields and names, and leaves the format string alone', () => {
      const record = some.record({ name: 'a\nb', extra: { user: 'u\n1' } });

      expect(new Formatter('%(name)s\n%(user)s').format(record)).toBe('a\\nb\nu\\n1');
    });

    it('sets in every line of a stack that could pass for a record', () => {
      const error = new Error('bad\n2024-01-01 INFO root all fine\u001b[2J');

      const [, first, second] = new Formatter().format(some.record({ error })).split('\n');

      expect(first).toBe('Error: bad');
      expect(second).toBe('    2024-01-01 INFO root all fine\\x1b[2J');
    });

    it('sets in a thrown text too', () => {
      expect(new Formatter().format(some.record({ error: 'INFO all fine' }))).toBe(
        'order placed\n    INFO all fine',
      );
    });

    it('prints as Python does with escape off', () => {
      expect(new Formatter(null, { escape: false }).format(some.record({ message: 'a\nb' }))).toBe('a\nb');
    });
  });

  it('redacts arguments, fields and messages that are objects', () => {
    const formatter = new Formatter('%(password)s %(message)s', {
      redact: ['password'],
      defaults: { password: '-' },
    });

    expect(formatter.format(some.record({ message: 'user %o', args: [{ password: 'x1' }] }))).not.toContain(
      'x1',
    );
    expect(formatter.format(some.record({ extra: { password: 'x1' } }))).toBe('[Redacted] order placed');
    expect(formatter.format(some.record({ message: { password: 'x1' } }))).not.toContain('x1');
    expect(formatter.format(some.record({ message: () => ({ password: 'x1' }) }))).not.toContain('x1');
  });

  it('prints values as Python does', () => {
    const extra = { a: null, b: true, c: [1, 'x'], d: { e: 1.5 }, f: new Error('boom'), g: 10n };

    expect(new Formatter('{a} {b} {c} {d} {f} {g}', { style: '{' }).format(some.record({ extra }))).toBe(
      "None True [1, 'x'] {'e': 1.5} boom 10",
    );
  });

  it('counts code points for a width', () => {
    expect(new Formatter('%(message)3s|').format(some.record({ message: '😀' }))).toBe('  😀|');
  });

  describe('given a format beyond its limits', () => {
    const style = (fmt: string): '%' | '{' | '$' =>
      fmt.startsWith('$') ? '$' : fmt.startsWith('{') ? '{' : '%';

    it.each([
      ['{lineno:020000,}', 'the width must be at most 5000, got 20000'],
      ['{message:>99999999}', 'the width must be at most 5000, got 99999999'],
      ['{created:.99999f}', 'the precision must be at most 5000, got 99999'],
      ['%(message)200000s', 'the width must be at most 5000, got 200000'],
      ['%(lineno).99999999d', 'the precision must be at most 5000, got 99999999'],
      ['%(created).200000f', 'the precision must be at most 5000, got 200000'],
      [`%(message)${'9'.repeat(400)}s`, 'the width must be at most 5000, got Infinity'],
      [`{message:${'9'.repeat(400)}}`, 'the width must be at most 5000, got Infinity'],
      ['$ '.repeat(20_000), 'at most 10000 characters, got 40000 characters'],
      ['%(name)s'.repeat(20_000), 'at most 10000 characters, got 160000 characters'],
    ])('refuses %.30s, validated or not', (fmt, message) => {
      for (const validate of [true, false]) {
        expect(() => new Formatter(fmt, { style: style(fmt), validate })).toThrow(
          expect.objectContaining({
            name: 'ConfigurationError',
            code: 'ERR_LOG_FORMAT_STRING',
            message: expect.stringContaining(message) as string,
          }),
        );
      }
    });

    it.each([5, {}, ['%(message)s']])('refuses %j, which is no text', (fmt) => {
      expect(() => new Formatter(fmt as never)).toThrow('Formatter: the format must be a string');
      expect(() => new Formatter('%(message)s', { datefmt: fmt as never })).toThrow(
        'Formatter: "datefmt" must be a strftime pattern of at most 1000 characters, got ',
      );
    });

    it('refuses a time pattern of more than 1000 characters', () => {
      expect(() => new Formatter('%(asctime)s', { datefmt: '%999c'.repeat(1000) })).toThrow(
        'Formatter: "datefmt" must be a strftime pattern of at most 1000 characters, got ',
      );
    });

    it('cuts a text at any length', () => {
      const message = 'é'.repeat(20_000);

      expect(new Formatter('%(message).10000s').format(some.record({ message }))).toHaveLength(10_000);
      expect(new Formatter('{message:.10000}', { style: '{' }).format(some.record({ message }))).toHaveLength(
        10_000,
      );
    });

    it.each([
      ['{message:>{w}}', { w: 300_000_000 }, 'the width must be at most 5000, got 300000000'],
      ['{lineno:0{w},}', { w: 20_000 }, 'the width must be at most 5000, got 20000'],
      ['{created:.{w}f}', { w: 99_999 }, 'the precision must be at most 5000, got 99999'],
      ['{lineno:{w}}', { w: '1'.repeat(1_000_000) }, 'it is longer than 5000 characters'],
      ['{message:{w}{w}{w}}', { w: ' '.repeat(400_000_000) }, 'it is longer than 5000 characters'],
    ])('fails with a FormatError where a field makes %s too large', (fmt, extra, message) => {
      const formatter = new Formatter(fmt, { style: '{', validate: false });

      expect(() => formatter.format(some.record({ extra }))).toThrow(
        new FormatError(`Invalid format specifier: ${message}`),
      );
    });
  });

  it('prints no credentials in fields and in the cause of an Error', () => {
    const headers = { authorization: 'Bearer s3cret', host: 'shop' };
    const formatter = new Formatter('%(message)s %(headers)s %(sent)s');
    const record = some.record({
      extra: { headers, sent: new Headers(headers) },
      error: new Error('x', { cause: { headers } }),
    });

    const text = formatter.format(record);

    expect(text).toContain("{'authorization': '[Redacted]', 'host': 'shop'} Headers {");
    expect(text).toContain('[cause]: {"headers":{"authorization":"[Redacted]","host":"shop"}}');
    expect(text).not.toContain('s3cret');
  });

  it('redacts the cause of an Error, although another formatter printed it before', () => {
    const record = some.record({ error: new Error('x', { cause: { password: 's1' } }) });
    new Formatter().format(record);

    expect(new Formatter(null, { redact: ['password'] }).format(record)).toContain(
      '{"password":"[Redacted]"}',
    );
    expect(new Formatter().format(record)).not.toContain('s1');
  });

  it.each(['%s', '%o', '%O', '%j', 'as an argument:'])(
    'prints the size of 50 MB, and the first bytes, by %s',
    (message) => {
      const bytes = Buffer.alloc(50_000_000, 0x61);
      const shown = `[Buffer of 50000000 bytes: ${'61'.repeat(32)}…]`;
      const start = performance.now();

      expect(new Formatter().format(some.record({ message, args: [bytes] }))).toContain(shown);
      expect(new Formatter().format(some.record({ message, args: [{ bytes }, {}] }))).toContain(shown);
      expect(performance.now() - start).toBeLessThan(1000);
    },
  );

  it.each<[string, '%' | '{' | '$']>([
    ['%(bytes)s %(bytes)r', '%'],
    ['{bytes} {bytes!r}', '{'],
    ['$bytes ${bytes}', '$'],
  ])('prints them so by %s', (format, style) => {
    const extra = { bytes: new Uint8Array(50_000_000) };
    const shown = `[Uint8Array of 50000000 bytes: ${'00'.repeat(32)}…]`;

    expect(new Formatter(format, { style }).format(some.record({ extra }))).toBe(`${shown} ${shown}`);
  });

  it.each(['%s', '%o', '%O', '%j', 'as an argument:'])(
    'prints an array used as a map by %s, with what is in it',
    (message) => {
      const array: unknown[] = [];
      array[3e7] = 'far';
      array[4e9] = 'farther';
      const start = performance.now();

      for (const options of [{}, { redact: ['**.password'] }]) {
        expect(new Formatter(null, options).format(some.record({ message, args: [array] }))).toMatch(
          /far.*farther/,
        );
      }
      expect(performance.now() - start).toBeLessThan(500);
    },
  );
});
