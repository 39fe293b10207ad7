import { afterEach, describe, expect, it } from 'vitest';
import { INFO } from '../../lib/core/level';
import { LogRecord } from '../../lib/core/log-record';
import { Manager } from '../../lib/core/manager';
import { getLogRecordFactory, makeLogRecord, setLogRecordFactory } from '../../lib/core/record-factory';
import { CollectingHandler } from '../../lib/testing';

afterEach(() => setLogRecordFactory(undefined));

describe('setLogRecordFactory', () => {
  it('makes the records of every logger', () => {
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

  it('refuses what is no function', () => {
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

  it('puts what is no attribute into extra', () => {
    expect(makeLogRecord({ msg: 'm', user: 'ann', extra: { id: 1 } }).extra).toEqual({ user: 'ann', id: 1 });
  });

  it('names the level after a given number, and "Level None" without one', () => {
    expect([makeLogRecord({ levelno: INFO }).levelname, makeLogRecord({}).levelname]).toEqual([
      'INFO',
      'Level None',
    ]);
  });

  it('does not let data from a wire replace a method or a prototype', () => {
    const hostile = JSON.parse(
      '{"getMessage": 1, "__proto__": {"polluted": 1}, "constructor": 2, "msg": "m"}',
    ) as Record<string, unknown>;

    const record = makeLogRecord(hostile);

    expect(record.getMessage()).toBe('m');
    expect(Object.getPrototypeOf(record)).toBe(LogRecord.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect((record as unknown as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each([null, undefined, 'text', 5])('refuses %s', (fields) => {
    expect(() => makeLogRecord(fields as never)).toThrow(/^makeLogRecord: takes an object of fields, got /);
  });
});
