import { describe, expect, it } from 'vitest';
import { LogRecord } from '../../lib/core/log-record';
import { ownRecord } from '../../lib/core/own-record';

/** As a record of another copy of the package: the same attributes, and no method that this copy could call. */
function foreign(record: LogRecord): LogRecord {
  return new Proxy(record, {
    getPrototypeOf: () => Object.prototype,
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? undefined : value;
    },
  });
}

function newRecord(msg: unknown, ...args: unknown[]): LogRecord {
  return new LogRecord('shop', 20, msg, args, 1_700_000_000.25);
}

describe('ownRecord', () => {
  it('returns a record of this copy as it is', () => {
    const record = newRecord('sold');
    expect(ownRecord(record)).toBe(record);
  });

  it('converts a foreign record only once', () => {
    const record = foreign(newRecord('sold'));
    expect(ownRecord(record)).toBeInstanceOf(LogRecord);
    expect(ownRecord(record)).toBe(ownRecord(record));
  });

  it('keeps message, fields, Error, level name, place and scope', () => {
    const error = new Error('broken');
    const record = newRecord('%d sold', 2, { order: 7 });
    Object.assign(record, { excInfo: error, levelname: 'NOTICE', pathname: '/a/b.js', lineno: 3, seq: 4 });
    record.context = { id: 's', fields: { request: 1 }, tree: {} };
    const own = ownRecord(foreign(record));
    expect(own.getMessage()).toBe('2 sold');
    expect(own).toMatchObject({ excInfo: error, levelname: 'NOTICE', filename: 'b.js', lineno: 3, seq: 4 });
    expect([own.extra, own.ids, own.created]).toEqual([{ order: 7 }, { request: 1 }, record.created]);
  });

  it('finds an Error among the arguments', () => {
    const error = new Error('broken');
    const record = newRecord('failed', error);
    const own = ownRecord(foreign(record));
    expect([own.getMessage(), own.excInfo]).toEqual([record.getMessage(), error]);
  });
});
