import { afterEach, describe, expect, it } from 'vitest';
import { INFO } from '../../lib/core/level';
import { LogRecord } from '../../lib/core/log-record';
import { Manager } from '../../lib/core/manager';
import { getLogRecordFactory, makeLogRecord, setLogRecordFactory } from '../../lib/core/record-factory';
import { RECORD_FIELDS } from '../../lib/core/record-fields';
import { Formatter, JsonFormatter, PrettyFormatter } from '../../lib/formatters';
import { decodeRecord, encodeRecord } from '../../lib/queues';
import { CollectingHandler } from '../../lib/testing';

afterEach(() => setLogRecordFactory(undefined));

describe('setLogRecordFactory', () => {
  it('creates the records of every logger', () => {
    class Traced extends LogRecord {}
    const seen = new CollectingHandler();
    const logger = new Manager().getLogger('factory');
    logger.addHandler(seen);

    setLogRecordFactory((...fields) => new Traced(...fields));
    logger.warning('order %d', 13);

    expect(seen.records[0]).toBeInstanceOf(Traced);
    expect(seen.messages).toEqual(['order 13']);
  });

  it('goes back to the default', () => {
    const original = getLogRecordFactory();
    setLogRecordFactory((...fields) => original(...fields));

    setLogRecordFactory(original);

    expect(getLogRecordFactory()).toBe(original);
  });

  it('refuses a value that is not a function', () => {
    expect(() => setLogRecordFactory('LogRecord' as never)).toThrow(
      'setLogRecordFactory: takes a function, got string.',
    );
  });

  it('is replaced by the default for a call in which it throws: the record is written', () => {
    const seen = new CollectingHandler();
    const logger = new Manager().getLogger('factory that throws');
    logger.addHandler(seen);
    setLogRecordFactory(() => {
      throw new Error('factory failed');
    });

    logger.error('order %d', 13);

    expect(seen.messages).toEqual(['order 13']);
  });
});

describe('makeLogRecord', () => {
  it("takes Python's spelling and ours", () => {
    expect(makeLogRecord({ exc_text: 'a' }).excText).toBe('a');
    expect(makeLogRecord({ excText: 'a' }).excText).toBe('a');
  });

  it('puts other keys into extra', () => {
    expect(makeLogRecord({ msg: 'm', user: 'ann', extra: { id: 1 } }).extra).toEqual({ user: 'ann', id: 1 });
  });

  it('names the level after a given number, and "Level None" without one', () => {
    expect([makeLogRecord({ levelno: INFO }).levelname, makeLogRecord({}).levelname]).toEqual([
      'INFO',
      'Level None',
    ]);
  });

  it('does not let data from outside replace a method or a prototype', () => {
    const hostile = JSON.parse(
      '{"getMessage": 1, "__proto__": {"polluted": 1}, "constructor": 2, "msg": "m"}',
    ) as Record<string, unknown>;

    const record = makeLogRecord(hostile);

    expect(record.getMessage()).toBe('m');
    expect(Object.getPrototypeOf(record)).toBe(LogRecord.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect((record as unknown as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each<readonly [string, unknown, unknown]>([
    ['levelno', '30', 30],
    ['lineno', 7n, 7],
    ['seq', true, 1],
    ['created', '1.5', 1.5],
    ['process', -1, -1],
    ['name', 7, '7'],
    ['excText', ['a', 'b'], "[ 'a', 'b' ]"],
    ['threadName', false, 'false'],
  ])('reads %s of %o as %o', (attribute, given, taken) => {
    const record = makeLogRecord({ [attribute]: given });

    expect(record[attribute as 'name']).toEqual(taken);
    expect(record.extra).toBeUndefined();
  });

  it.each<readonly [string, unknown, unknown]>([
    ['seq', '1}\n{"forged":true', 0],
    ['levelno', 'high', 0],
    ['lineno', { toString: 1 }, 0],
    ['created', 1e300, undefined],
    ['created', [1], undefined],
    ['msecs', Infinity, undefined],
    ['process', '0x10', process.pid],
    ['thread', '1e5', 0],
  ])('keeps %s of %o as a field, and the attribute has its default', (attribute, given, value) => {
    const record = makeLogRecord({ [attribute]: given, created2: 1 });

    const expected = typeof value === 'number' ? value : makeLogRecord({})[attribute as 'seq'];
    expect(Math.abs(record[attribute as 'seq'] - expected)).toBeLessThan(10_000);
    expect(record.extra).toEqual({ [attribute]: given, created2: 1 });
  });

  it.each(['name', 'args', 'created', 'lineno', 'funcName', 'excText', 'levelno', 'seq', 'thread'])(
    'takes the default for %s of null',
    (attribute) => {
      const record = makeLogRecord({ msg: 'plain', [attribute]: null });

      expect(new JsonFormatter().format(record)).toContain('"message":"plain"');
      expect(record.extra).toBeUndefined();
      expect(Math.abs(record.created - Date.now() / 1000)).toBeLessThan(60);
    },
  );

  // What CPython 3.11 printed of makeLogRecord({'msg': …, 'args': …}).getMessage().
  it.each<readonly [string, unknown, string]>([
    ['plain', null, 'plain'],
    ['plain', { a: 1 }, 'plain'],
    ['%(a)s', { a: 1 }, '1'],
    ['%(a)s', {}, '%(a)s'],
    ['%(a)s %%', { a: 1 }, '1 %'],
    ['%(a)s %%', null, '%(a)s %%'],
    ['x %(a)d y %(b)r', { a: 1, b: 'x' }, "x 1 y 'x'"],
    ['%(a)5.1f|', { a: 1 }, '  1.0|'],
    ['%(a)s', { a: [1, 'b', null], b: true }, "[1, 'b', None]"],
    ['%(a)s', new Map([['a', 1]]), '1'],
    ['plain', 0, 'plain'],
    ['plain', '', 'plain'],
    ['plain', false, 'plain'],
    ['%s', 'text', 'text'],
    ['%s', 5, '5'],
  ])('formats %o with args %o as CPython', (msg, args, message) => {
    expect(makeLogRecord({ msg, args }).getMessage()).toBe(message);
  });

  it.each<readonly [string, unknown, string]>([
    ['plain', 'text', 'plain text'],
    ['plain', ['a'], 'plain a'],
    ['100%', { a: 1 }, '100%'],
    ['%(a)s %(b)s', { a: 1 }, '%(a)s %(b)s'],
    ['%(a)d', { a: 'x' }, '%(a)d'],
    ['%(toString)s', { a: 1 }, '%(toString)s'],
    ['%(a)6000d', { a: 1 }, '%(a)6000d'],
  ])('writes %o with args %o, which CPython loses with a TypeError or a KeyError', (msg, args, message) => {
    expect(makeLogRecord({ msg, args }).getMessage()).toBe(message);
  });

  it('does not format a message whose placeholders would have megabytes', () => {
    const msg = '%(a)5000s'.repeat(1000);

    expect(makeLogRecord({ msg, args: { a: 1 } }).getMessage()).toBe(msg);
  });

  it('removes credentials and redacted values from named arguments too', () => {
    const record = makeLogRecord({
      msg: 'with %(headers)s and %(pin)s',
      args: { headers: { cookie: 'c' }, pin: 7 },
    });

    const line = new JsonFormatter({ redact: ['pin'] }).format(record);

    expect(JSON.parse(line)).toMatchObject({ message: "with {'cookie': '[Redacted]'} and [Redacted]" });
  });

  it('is read the same after a filter, a copy, or a snapshot has made new arguments of the old', () => {
    const record = makeLogRecord({ msg: '%(a)s', args: { a: { b: 1 } } });
    record.args = record.args.slice();

    expect(record.clone().getMessage()).toBe("{'b': 1}");
    record.args = ['other'];
    expect(record.getMessage()).toBe('%(a)s other');
  });

  it('treats __proto__ in extra as a field', () => {
    const data = JSON.parse('{"extra":{"__proto__":{"polluted":1}}}') as Record<string, unknown>;

    expect(Object.keys(makeLogRecord(data).extra ?? {})).toEqual(['__proto__']);
  });

  it.each([null, undefined, 'text', 5])('refuses %s', (fields) => {
    expect(() => makeLogRecord(fields as never)).toThrow(/^makeLogRecord: takes an object of fields, got /);
  });
});

describe('a record from data of a client', () => {
  const HOSTILE: readonly unknown[] = [
    '1}\n{"forged":true',
    '1\r\nforged',
    { toString: '1}\n{"forged":true', valueOf: 1 },
    ['1}\n{"forged":true'],
    { scope: 1, reason: ['\n'], dropped: '1\n2', dump: { records: '1}\n{"forged":true' } },
    true,
    -1.5,
    1e308,
    '1e999',
    null,
  ];
  const NAMES = [
    ...RECORD_FIELDS.keys(),
    ...RECORD_FIELDS.values(),
    'hindsight',
    'context',
    'ids',
    'extra',
    'details',
  ];
  const NUMBERS = ['levelno', 'lineno', 'created', 'msecs', 'relativeCreated', 'process', 'thread', 'seq'];
  const numbers = new Formatter(NUMBERS.map((name) => `%(${name})s`).join(' '));

  function sentWith(name: string, value: unknown): LogRecord {
    const sent = JSON.stringify({ msg: 'm', levelno: 20, [name]: value });
    return makeLogRecord(JSON.parse(sent) as Record<string, unknown>);
  }

  it('is one line of JSON with any attributes', () => {
    for (const name of NAMES) {
      for (const value of HOSTILE) {
        const line = new JsonFormatter().format(sentWith(name, value));

        expect(line).not.toContain('\n');
        expect(JSON.parse(line)).not.toHaveProperty('forged');
      }
    }
  });

  it.each([
    ['PrettyFormatter', new PrettyFormatter({ colors: true })],
    ['Formatter', numbers],
  ])('is one line of %s with any numbers', (_name, formatter) => {
    for (const name of NUMBERS)
      for (const value of HOSTILE) expect(formatter.format(sentWith(name, value))).not.toContain('\n');
  });

  it('goes through a queue as one line that is a record', () => {
    for (const name of NAMES) {
      for (const value of HOSTILE) {
        const text = encodeRecord(sentWith(name, value));

        expect(text).not.toContain('\n');
        expect(new JsonFormatter().format(decodeRecord(text))).not.toContain('\n');
      }
    }
  });
});
