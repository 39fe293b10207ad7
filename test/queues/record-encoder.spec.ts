import { describe, expect, it } from 'vitest';
import { decodeRecord } from '../../lib/queues';
import { RecordEncoder } from '../../lib/queues/record-encoder';
import { some } from '../support/some';

describe('RecordEncoder', () => {
  it('does not mix the cached parts of different records', () => {
    const encoder = new RecordEncoder();
    const records = [
      some.record({ name: 'a', levelno: 20 }),
      some.record({ name: 'b', levelno: 20 }),
      some.record({ name: 'a', levelno: 30 }),
      Object.assign(some.record({ name: 'a', levelno: 30 }), { levelname: 'NOTICE' }),
      Object.assign(some.record({ name: 'a' }), { process: 7, thread: 3, threadName: 'Worker-3' }),
    ];
    const seen = (record: (typeof records)[number]) => {
      const { name, levelno, levelname, process, thread, threadName } = record;
      return { name, levelno, levelname, process, thread, threadName };
    };

    expect(records.map((record) => seen(decodeRecord(encoder.encode(record))))).toEqual(records.map(seen));
  });

  it('keeps relativeCreated, also if it was set', () => {
    const record = some.record({ created: 1_700_000_000.5 });
    record.relativeCreated = 12_345;

    expect(decodeRecord(new RecordEncoder().encode(record)).relativeCreated).toBe(12_345);
  });

  it('does not confuse a level and name with another pair of the same text', () => {
    const encoder = new RecordEncoder();
    const foreign = Object.assign(some.record({ name: 'svc' }), { levelname: 'INFO orders' });
    const own = Object.assign(some.record({ name: 'orders svc' }), { levelname: 'INFO' });
    encoder.encode(foreign);
    encoder.encode(some.record({ name: 'between' }));

    expect(decodeRecord(encoder.encode(own))).toMatchObject({ name: 'orders svc', levelname: 'INFO' });
  });

  it('caches a limited number of names', () => {
    const encoder = new RecordEncoder();

    for (let i = 0; i < 2500; i++) {
      const name = `logger ${i % 1250}`;
      expect(decodeRecord(encoder.encode(some.record({ name }))).name).toBe(name);
    }
  });

  it('writes simple fields in the same way as others', () => {
    const encoder = new RecordEncoder();
    const fields: Record<string, unknown>[] = [
      {},
      { a: 'x', b: 1.5 },
      { a: 'x', b: Number.NaN, c: undefined, d: null, e: true },
      { headers: { cookie: 'secret' }, toJSON: 'text' },
      Object.fromEntries(Array.from({ length: 2001 }, (_, i) => [`key ${i}`, i])),
      Object.fromEntries(Array.from({ length: 1500 }, (_, i) => [`other ${i}`, i])),
    ];
    const seen = fields.map((extra) => decodeRecord(encoder.encode(some.record({ extra }))).extra);

    expect(seen.slice(0, 4)).toEqual([
      {},
      { a: 'x', b: 1.5 },
      { a: 'x', b: 'NaN', d: null, e: true },
      { headers: { cookie: '[Redacted]' }, toJSON: 'text' },
    ]);
    expect(seen[4]).toMatchObject({ 'key 1999': 1999, '…': '1 more keys' });
    expect(seen[5]).toEqual(fields[5]);
  });

  it('sends a name that is not a string as text', () => {
    const record = Object.assign(some.record(), { name: 7 as unknown as string });

    expect(decodeRecord(new RecordEncoder().encode(record)).name).toBe('7');
  });
});
