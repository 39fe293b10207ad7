import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CRITICAL, WARNING } from '../../lib/core/level';
import { JsonFormatter, Rfc5424Formatter, type Rfc5424FormatterOptions } from '../../lib/formatters';
import { escapeParamValue, paramName, structuredData } from '../../lib/formatters/rfc5424.formatter';
import { FileHandler } from '../../lib/handlers';
import { some, type SomeRecord } from '../support/some';
import { tempDir } from '../support/temp-dir';

const FIXED: Rfc5424FormatterOptions = { hostname: 'web-1', appName: 'shop', procId: '42' };
const CREATED = 1_700_000_000.123;

function line(record: SomeRecord, options: Rfc5424FormatterOptions = {}): string {
  return new Rfc5424Formatter({ ...FIXED, ...options }).format(some.record({ created: CREATED, ...record }));
}

/** Of a line, the part between the message id and the byte order mark. */
function data(extra: Readonly<Record<string, unknown>>, options: Rfc5424FormatterOptions = {}): string {
  return (
    line({ extra }, { msgId: 'M', ...options })
      .split(' M ')
      .slice(1)
      .join(' M ')
      .split(' \uFEFF')[0] ?? ''
  );
}

/** RFC 5424, section 6, less what this formatter never writes: several elements, and a backslash before other characters. */
const WORD = (length: number): string => `[\\x21-\\x7e]{1,${length}}`;
const NAME = '[\\x21\\x23-\\x3c\\x3e-\\x5c\\x5e-\\x7e]{1,32}';
const DATA = `(?:-|\\[${NAME}(?: ${NAME}="(?:[^"\\\\\\]]|\\\\["\\\\\\]])*")+\\])`;
const GRAMMAR = new RegExp(
  `^<\\d{1,3}>1 (?:-|\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z) ${[255, 48, 128, 32].map(WORD).join(' ')} ${DATA} \\uFEFF[^]*$`,
);

/** Texts that a header, a name or a value cannot hold as they are. */
const NASTY = [
  '',
  ' ',
  '"',
  ']',
  '\\',
  '=',
  '[',
  '\n',
  '\0',
  '\uFEFF',
  'é',
  '😀',
  '\uD800',
  '<0>',
  'x'.repeat(60),
] as const;

describe('Rfc5424Formatter', () => {
  it('keeps to the grammar, whatever names, keys and values hold', () => {
    const texts = NASTY.flatMap((first) => NASTY.map((second) => `${first}a${second}`));
    for (const text of [...NASTY, ...texts]) {
      const formatter = new Rfc5424Formatter({ appName: text, hostname: text, procId: text });
      const record = some.record({ name: text, message: text, extra: { [text]: text, value: [text] } });

      expect(formatter.format(record)).toMatch(GRAMMAR);
    }
  });

  it('prints priority, version, time, host, program, process, message id, data and text', () => {
    expect(line({ levelno: WARNING, extra: { order: 13, user: 'u1' } })).toBe(
      '<12>1 2023-11-14T22:13:20.123Z web-1 shop 42 shop.orders [hindsight@32473 order="13" user="u1"] \uFEFForder placed',
    );
  });

  it('names this host, program and process when it is told nothing', () => {
    const [, , host, app, pid] = new Rfc5424Formatter().format(some.record()).split(' ');

    expect([host, pid]).toEqual([hostname(), String(process.pid)]);
    expect(app).toMatch(/^[\x21-\x7e]{1,48}$/);
  });

  it('prints a hyphen where there is no extra, and none of the mark without bom', () => {
    expect(line({}, { bom: false })).toBe(
      '<14>1 2023-11-14T22:13:20.123Z web-1 shop 42 shop.orders - order placed',
    );
  });

  it('maps levels by its map, and by number where the map has no entry', () => {
    const options = { priorityMap: { CRITICAL: 'alert' }, facility: 'local0' } as const;

    expect(line({ levelno: CRITICAL }, options)).toMatch(/^<129>1 /);
    expect(line({ levelno: 25 }, options)).toMatch(/^<133>1 /);
  });

  it('makes legal names and escapes values', () => {
    expect(data({ 'a b]="': 'x"y\\z]', größe: 'größe\nzwei' })).toBe(
      '[hindsight@32473 a_b___="x\\"y\\\\z\\]" gr__e="größe\\\\nzwei"]',
    );
  });

  it('writes what is no text as JSON, and leaves out what is undefined', () => {
    expect(data({ a: null, b: { c: [1, 'x'] }, d: undefined, e: 10n, f: true, g: Number.NaN })).toBe(
      '[hindsight@32473 a="null" b="{\\"c\\":[1,\\"x\\"\\]}" e="10" f="true" g="NaN"]',
    );
  });

  it('survives a value that throws when it is read', () => {
    const extra = Object.defineProperty({ fine: 1 }, 'bad', {
      enumerable: true,
      get: () => {
        throw new Error('read me not');
      },
    });

    expect(data(extra)).toContain('read me not');
  });

  it('adds the ids of the scope, less those that extra names, and why the record was held back', () => {
    const record = some.record({ created: CREATED, extra: { requestId: 'mine' } });
    record.context = { id: 's1', fields: { requestId: 'r1', tenant: 't' }, tree: {} };
    record.seq = 3;
    record.hindsight = { scope: 's1', reason: 'status 500' };

    expect(new Rfc5424Formatter(FIXED).format(record)).toContain(
      ' [hindsight@32473 requestId="mine" tenant="t" seq="3" hindsight="status 500"] ',
    );
  });

  it('redacts in the data and in the text', () => {
    const text = line(
      {
        message: 'login %j',
        args: [{ password: 'p1' }],
        extra: { password: 'p2', headers: { cookie: 'p3' } },
      },
      { redact: ['password'] },
    );

    expect(text).not.toMatch(/p[123]/);
    expect(text).toContain('password="[Redacted\\]"');
  });

  it('takes the message id from a text or a function, as a word of 32 characters', () => {
    expect(line({}, { msgId: 'ORDER PLACED' })).toContain(' 42 ORDER_PLACED - ');
    expect(line({}, { msgId: (record) => record.name.repeat(4) })).toContain(
      ' 42 shop.ordersshop.ordersshop.order - ',
    );
  });

  it('adds the stack of an error, and prints by another formatter when it is given one', () => {
    const error = new Error('boom');

    expect(line({ error })).toContain(`\uFEFForder placed\\n${(error.stack ?? '').replaceAll('\n', '\\n')}`);
    expect(line({}, { message: new JsonFormatter() })).toContain('\uFEFF{"time":"2023-11-14T22:13:20.123Z"');
  });

  it('writes one line, whatever the record holds, and as it is with escape: false', () => {
    const error = new Error('x\n<14>1 - - - - - - forged');
    const record = { message: 'a\n<14>1 forged\u2028\x1b[2J', error, extra: { note: 'b\r\n<14>1 forged' } };

    expect(line(record)).not.toMatch(/[\n\r\u2028\x1b]/);
    expect(line(record)).toContain('note="b\\\\r\\\\n<14>1 forged"');
    expect(line({}, { message: { format: () => 'a\n<14>1 forged' } })).not.toContain('\n');
    expect(line(record, { escape: false })).toContain(`a\n<14>1 forged\u2028\x1b[2J\n${error.stack}`);
  });

  it('writes one line a record into a file', () => {
    const path = join(tempDir(), 'syslog');
    const handler = new FileHandler(path, { formatter: new Rfc5424Formatter(FIXED) });

    handler.handle(
      some.record({ message: 'a\n<0>1 - - - - - - forged', error: new Error('x\n<0>1 forged') }),
    );
    void handler.close();

    expect(readFileSync(path, 'utf8').split('\n')).toEqual([expect.stringMatching(/^<14>1 /), '']);
  });

  it('keeps the line breaks of the text for a transport that frames it', () => {
    const record = some.record({ message: 'a\nb\u202e\x1b' });

    expect(new Rfc5424Formatter(FIXED).text(record)).toBe('a\nb\\u202e\\x1b');
  });

  it.each([
    ['that is none', Number.NaN],
    ['after the year 9999', 253_402_300_800],
    ['at the end of Date', 8.64e12],
    ['before the year 0', -62_167_219_201],
  ])('prints a hyphen for a time %s', (_what, created) => {
    expect(line({ created })).toMatch(/^<14>1 - web-1 shop 42 /);
  });

  it('prints the last second of the year 9999', () => {
    expect(line({ created: 253_402_300_799 })).toContain('<14>1 9999-12-31T23:59:59.000Z web-1 ');
  });

  it('holds the data within its bytes, and within half of the message', () => {
    const extra = { a: 'x'.repeat(50), b: 'y' };
    const formatter = new Rfc5424Formatter({ ...FIXED, maxStructuredDataBytes: 40 });

    expect(formatter.format(some.record({ extra }))).toContain('[hindsight@32473 b="y" cut="1"]');
    expect(new Rfc5424Formatter(FIXED).head(some.record({ extra }), 14, 80)).toContain(
      '[hindsight@32473 b="y" cut="1"]',
    );
  });

  it.each([
    [{ facility: 'nobody' }, '"facility"'],
    [{ sdId: 'shop' }, '"sdId"'],
    [{ priorityMap: { INFO: 'x' } }, '"priorityMap"'],
    [{ maxStructuredDataBytes: -1 }, '"maxStructuredDataBytes"'],
  ])('refuses %j', (options, name) => {
    expect(() => new Rfc5424Formatter(options as Rfc5424FormatterOptions)).toThrow(
      `Rfc5424Formatter: ${name} must be`,
    );
  });
});

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

describe('sdId', () => {
  it.each(['hindsight@32473', 'a@1.2.3'])('may be %s', (sdId) => {
    expect(line({ extra: { a: 1 } }, { sdId })).toContain(`[${sdId} a="1"]`);
  });

  it.each(['shop', 'a b@1', 'a"@1', 'a@', `${'x'.repeat(30)}@32473`])('cannot be %j', (sdId) => {
    expect(() => new Rfc5424Formatter({ sdId })).toThrow(/^Rfc5424Formatter: "sdId" must be name@number/);
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
