import { describe, expect, it } from 'vitest';
import { RecordJson } from '../../../lib/handlers/socket/record-json';
import { RecordPickler } from '../../../lib/handlers/socket/record-pickler';
import { decodePickle } from '../../../lib/handlers/socket/pickle-decoder';
import type { LogRecord } from '../../../lib/core/log-record';
import { some } from '../../support/some';

function jsonOf(record: LogRecord): Record<string, unknown> {
  const frame = new RecordJson().frame(record, record.getMessage());
  expect(frame.readUInt32BE(0)).toBe(frame.length - 4);
  return JSON.parse(frame.toString('utf8', 4)) as Record<string, unknown>;
}

describe('RecordJson', () => {
  it('writes the attributes of the pickle', () => {
    const record = some.record({
      message: 'order %s',
      args: ['o-1'],
      extra: { user: { id: 1 }, none: null },
    });
    record.asctime = '2024-02-29 12:00:00,000';
    const frame = new RecordPickler().frame(record, record.getMessage());
    const pickled = decodePickle(frame.subarray(4)) as ReadonlyMap<string, unknown>;
    const json = jsonOf(record);

    expect(Object.keys(json).toSorted()).toEqual([...pickled.keys()].toSorted());
    expect(json).toMatchObject({ msg: 'order o-1', args: null, exc_info: null, user: { id: 1 }, none: null });
  });

  it('survives what JSON cannot hold', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;

    expect(jsonOf(some.record({ extra: { cycle, big: 1n, toJSON: () => 'replaced' } }))).toMatchObject({
      cycle: { self: '[Circular]' },
      big: '1',
      'extra.toJSON': '[Function: toJSON]',
    });
  });

  it('keeps __proto__ as a field', () => {
    const extra = JSON.parse('{"__proto__": {"polluted": true}}') as Record<string, unknown>;

    expect(Object.keys(jsonOf(some.record({ extra })))).toContain('__proto__');
  });
});
