import { describe, expect, it } from 'vitest';
import { INFO } from '../../lib/core/level';
import { LogRecord } from '../../lib/core/log-record';
import { Manager } from '../../lib/core/manager';
import { lookupField, MISSING, RECORD_FIELDS } from '../../lib/core/record-fields';
import { some } from '../support/some';

describe('RECORD_FIELDS', () => {
  it("keeps the order of Python's record.__dict__, which pickles and forms depend on", () => {
    expect([...RECORD_FIELDS.keys()].slice(0, 21).join(' ')).toBe(
      'name msg args levelname levelno pathname filename module exc_info exc_text stack_info lineno funcName ' +
        'created msecs relativeCreated thread threadName processName process taskName',
    );
  });

  it('names properties that a record has', () => {
    const record = some.record();

    expect([...RECORD_FIELDS.values()].filter((property) => !(property in record))).toEqual([]);
  });
});

describe('lookupField', () => {
  function record(): LogRecord {
    const made = new LogRecord(
      'shop',
      INFO,
      'placed',
      [{ user: 'ann', name: 'hidden', requestId: 'own' }],
      1,
    );
    made.context = { id: '1', fields: { requestId: 'of the scope', traceId: 't' }, tree: new Manager() };
    return made;
  }

  it("finds attributes by Python's spelling, before fields of the same name", () => {
    expect([lookupField(record(), 'name'), lookupField(record(), 'exc_info')]).toEqual(['shop', undefined]);
  });

  it('finds fields of the call before the ids of the scope', () => {
    expect(['user', 'requestId', 'traceId'].map((name) => lookupField(record(), name))).toEqual([
      'ann',
      'own',
      't',
    ]);
  });

  it.each(['nobody', 'constructor', '__proto__', 'toString', 'excInfo'])('does not find %s', (name) => {
    expect(lookupField(record(), name)).toBe(MISSING);
  });
});
