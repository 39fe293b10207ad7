import { describe, expect, it } from 'vitest';
import { formatException } from '../../lib/core/exception-text';
import type { LogRecord } from '../../lib/core/log-record';
import { FormatError } from '../../lib/errors';
import { Formatter, JsonFormatter, PrettyFormatter } from '../../lib/formatters';
import { JsonWriter } from '../../lib/formatters/json/json-writer';
import { decodeRecord, encodeRecord, QueuedRecord } from '../../lib/queues';
import { reviveError } from '../../lib/queues/record-data';
import { some } from '../support/some';

function overTheWire(record: LogRecord): QueuedRecord {
  return decodeRecord(encodeRecord(record));
}

/** Printed by a formatter, a record that was sent is like the one that was not. */
function expectSamePrint(record: LogRecord): void {
  const copy = overTheWire(record);
  const text = new Formatter('%(asctime)s %(levelname)s %(name)s %(process)d %(threadName)s %(message)s');

  expect(new JsonFormatter().format(copy)).toBe(new JsonFormatter().format(record));
  expect(text.format(copy)).toBe(text.format(record));
}

describe('encodeRecord and decodeRecord', () => {
  it('keep everything that formatters print of a message with arguments and fields', () => {
    expectSamePrint(
      some.record({
        message: 'order %s of %d',
        args: ['o-1', 3, { user: 'jane', nested: { at: new Date(0), big: 10n, list: [1, Number.NaN] } }],
        created: 1_700_000_000.123,
      }),
    );
  });

  it('keep an Error with its causes and own fields', () => {
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    expectSamePrint(some.record({ message: 'failed', error: new TypeError('boom', { cause }) }));
  });

  it('keep a thrown value that is not an Error', () => {
    expect(overTheWire(some.record({ error: 'a string' })).excInfo).toBe('a string');
  });

  it('keep the ids of a span, in a scope and outside', () => {
    const outside = some.record({ message: 'outside' });
    outside.ids = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
    expectSamePrint(outside);
    const inside = some.record({ message: 'inside' });
    inside.context = { id: 's-1', fields: { requestId: 'r-1' }, tree: {} };
    inside.ids = { requestId: 'r-1', spanId: 'b'.repeat(16) };
    expectSamePrint(inside);
    expect(overTheWire(outside).context).toBeUndefined();
  });

  it('keep the scope, its ids, the sequence and the mark of hindsight', () => {
    const record = some.record();
    record.context = { id: 's-1', fields: { requestId: 'r-1' }, tree: {} };
    record.seq = 4;
    record.hindsight = { scope: 's-1', reason: 'error', dropped: 2 };

    const copy = overTheWire(record);

    expect(copy.context).toMatchObject({ id: 's-1', fields: { requestId: 'r-1' } });
    expect(copy).toMatchObject({ seq: 4, hindsight: { scope: 's-1', reason: 'error', dropped: 2 } });
    expectSamePrint(record);
  });

  it('keep the caller, the stack, the text of an exception and the times', () => {
    const record = some.record();
    Object.assign(record, { pathname: '/srv/shop.ts', lineno: 12, funcName: 'pack', stackInfo: 'at pack' });
    record.excText = 'Traceback';

    expect(overTheWire(record)).toMatchObject({
      pathname: '/srv/shop.ts',
      filename: 'shop.ts',
      lineno: 12,
      funcName: 'pack',
      stackInfo: 'at pack',
      excText: 'Traceback',
      created: record.created,
      relativeCreated: record.relativeCreated,
    });
  });

  it('keep a level name that only the sender knows, and the name of the handler', () => {
    const record = new QueuedRecord('shop', 25, 'placed', [], 1);
    record.levelname = 'NOTICE';
    record.to = 'audit';

    expect(overTheWire(record)).toMatchObject({ levelno: 25, levelname: 'NOTICE', to: 'audit' });
  });

  it('send the message and the Error separately when the text contains both', () => {
    const record = new QueuedRecord('shop', 40, 'failed\nError: boom', [], 1);
    record.parts = { message: 'failed', excInfo: new Error('boom'), excText: 'x', stackInfo: undefined };

    const copy = overTheWire(record);

    expect(copy.getMessage()).toBe('failed');
    expect(String(copy.excInfo)).toBe('Error: boom');
  });

  it('accept values that cannot be cloned or printed, and endless ones', () => {
    const circular: Record<string, unknown> = { run: () => 1, symbol: Symbol('s') };
    circular['self'] = circular;
    Object.defineProperty(circular, 'trap', {
      enumerable: true,
      get: () => {
        throw new Error('trapped');
      },
    });

    expect(overTheWire(some.record({ extra: circular })).extra).toEqual({
      run: '[Function: run]',
      symbol: 'Symbol(s)',
      self: '[Circular]',
      trap: '[Throws: trapped]',
    });
  });

  it('remove the credentials from headers', () => {
    const extra = { req: { headers: { authorization: 'Bearer x', accept: '*/*' } } };

    expect(encodeRecord(some.record({ extra }))).not.toContain('Bearer');
  });

  it('write one line, whatever the message', () => {
    expect(encodeRecord(some.record({ message: 'a\nb\u2028c' })).split(/[\n\u2028]/)).toHaveLength(1);
  });

  it.each([
    ['nonsense', 'not a record: the text is not JSON'],
    ['[1]', 'not a record: the text is JSON, but not an object'],
    ['{"v":2}', 'not a record of version 1, got 2: update this process or the one that wrote it'],
    ['{"v":1,"name":7}', 'not a record: "name" must be a string'],
    ['{"v":1,"name":"a","levelno":"x"}', 'not a record: "levelno" must be a number'],
  ])('refuse %s', (text, message) => {
    expect(() => decodeRecord(text)).toThrow(new FormatError(message));
  });

  it('ignore fields of the wrong type, and never touch a prototype', () => {
    const head = '{"v":1,"name":"a","levelno":20,"levelname":"INFO","created":1,"message":"m"';
    const record = decodeRecord(
      `${head},"extra":{"__proto__":{"polluted":1}},"seq":"9","context":{"id":7},"hindsight":"no","to":1,"error":"e"}`,
    );

    expect(record).toMatchObject({ seq: 0, context: undefined, hindsight: undefined });
    expect(record.excInfo).toBeUndefined();
    expect('polluted' in {}).toBe(false);
    expect(Object.getPrototypeOf(record.extra)).toBe(Object.prototype);
  });

  describe('from outside', () => {
    const base = { v: 1, name: 'a', levelno: 20, levelname: 'INFO', message: 'm', created: 1 };
    const mark = { scope: 's', reason: 'error' };
    const dump = { title: 't', durationMs: 1, records: 2, missing: 0 };
    const FORGED = '1}\n{"forged":true';

    it.each([
      [{ ...mark }],
      [{ ...mark, dropped: 3 }],
      [{ ...mark, dump }],
      [{ ...mark, dump: { ...dump, error: 'E' } }],
    ])('keeps the mark %j', (hindsight) => {
      expect(decodeRecord(JSON.stringify({ ...base, hindsight })).hindsight).toEqual(hindsight);
    });

    it.each([
      [{ scope: 's' }],
      [{ ...mark, scope: 1 }],
      [{ ...mark, dropped: FORGED }],
      [{ ...mark, dump: { ...dump, records: FORGED } }],
      [{ ...mark, dump: { ...dump, title: [FORGED] } }],
      [{ ...mark, dump: 1 }],
      [FORGED],
    ])('leaves out the mark %j', (hindsight) => {
      expect(decodeRecord(JSON.stringify({ ...base, hindsight })).hindsight).toBeUndefined();
    });

    it.each(['seq', 'lineno', 'process', 'thread'] as const)('leaves out %s that is not a number', (key) => {
      expect(decodeRecord(JSON.stringify({ ...base, [key]: FORGED }))[key]).toBeTypeOf('number');
      expect(decodeRecord(JSON.stringify(base).replace('}', `,"${key}":1e999}`))[key]).toBeLessThan(Infinity);
    });

    it.each(['levelno', 'created'])('refuses %s beyond what a number holds', (key) => {
      const text = JSON.stringify({ ...base, [key]: 0 }).replace(`"${key}":0`, `"${key}":1e999`);

      expect(() => decodeRecord(text)).toThrow(`"${key}" must be a number`);
    });

    it('ignores a stack that is not a string', () => {
      const error = { type: 'E', message: 'm', stack: { toString: FORGED } };
      const text = new PrettyFormatter({ colors: false }).format(
        decodeRecord(JSON.stringify({ ...base, error })),
      );

      expect(text).not.toContain('forged');
    });
  });
});

const writer = new JsonWriter({ maxStringLength: 10_000, maxDepth: 8, maxEntries: 100 }, undefined);

function revivedFromJson(error: Error): Error {
  return reviveError(JSON.parse(writer.write(error)) as Record<string, unknown>);
}

describe('reviveError', () => {
  it('keeps name, message, stack and own keys', () => {
    const error = Object.assign(new RangeError('out of stock'), { code: 'E_STOCK', sku: { id: 7 } });

    const revived = revivedFromJson(error);

    expect(revived).toBeInstanceOf(Error);
    expect(String(revived)).toBe('RangeError: out of stock');
    expect(revived.stack).toBe(error.stack);
    expect(revived).toMatchObject({ code: 'E_STOCK', sku: { id: 7 } });
    expect(Object.keys(revived)).toEqual(['code', 'sku']);
  });

  it('keeps the chain of causes and the members of an AggregateError, so that both print as before', () => {
    const inner = new AggregateError([new Error('first'), 'second'], 'both failed');
    const error = new Error('order lost', { cause: new TypeError('no id', { cause: inner }) });

    const revived = revivedFromJson(error);

    expect(formatException(revived)).toBe(formatException(error));
    expect(writer.write(revived)).toBe(writer.write(error));
  });

  it('does not let a key change a prototype', () => {
    const revived = reviveError(
      JSON.parse('{"message":"m","__proto__":{"polluted":1}}') as Record<string, unknown>,
    );

    expect(Object.getPrototypeOf(revived)).toBe(Error.prototype);
    expect('polluted' in revived).toBe(false);
  });
});
