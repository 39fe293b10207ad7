import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../../lib/core/log-record';
import { decodePickle } from '../../../lib/handlers/socket/received-record';
import { RecordPickler } from '../../../lib/handlers/socket/record-pickler';
import { some } from '../../support/some';

function attributesOf(record: LogRecord): ReadonlyMap<string, unknown> {
  const frame = new RecordPickler().frame(record, record.getMessage());
  return decodePickle(frame.subarray(4)) as ReadonlyMap<string, unknown>;
}

describe('RecordPickler', () => {
  it('puts the length of the pickle into the first four bytes', () => {
    const frame = new RecordPickler().frame(some.record(), 'order placed');

    expect(frame.readUInt32BE(0)).toBe(frame.length - 4);
  });

  it("sends Python's attributes in Python's order", () => {
    expect([...attributesOf(some.record()).keys()]).toEqual(
      `name msg args levelname levelno pathname filename module exc_info exc_text stack_info lineno funcName created
       msecs relativeCreated thread threadName processName process`.split(/\s+/),
    );
  });

  it('sends the message with its arguments in it, and no arguments', () => {
    const attributes = attributesOf(some.record({ message: 'order %s', args: ['o-1'] }));

    expect(attributes.get('msg')).toBe('order o-1');
    expect(attributes.get('args')).toBeNull();
  });

  it('sends times as floats, whole or not', () => {
    const record = some.record({ created: 1_700_000_000 });
    const frame = new RecordPickler().frame(record, 'm');
    const float = (value: number): Buffer => {
      const bytes = Buffer.alloc(9, 'G');
      bytes.writeDoubleBE(value, 1);
      return bytes;
    };

    expect(frame.includes(Buffer.concat([Buffer.from('created'), float(1_700_000_000)]))).toBe(true);
    expect(frame.includes(Buffer.concat([Buffer.from('msecs'), float(0)]))).toBe(true);
  });

  it('sends taskName and asctime when the record has them', () => {
    const record = some.record();
    record.asctime = '2024-02-29 12:00:00,000';
    record.taskName = 'scope-1';
    const attributes = attributesOf(record);

    expect(attributes.get('asctime')).toBe('2024-02-29 12:00:00,000');
    expect(attributes.get('taskName')).toBe('scope-1');
  });

  it('sends what a filter put where a text should be', () => {
    const record = some.record();
    Reflect.set(record, 'name', { odd: 1 });

    expect(attributesOf(record).get('name')).toEqual(new Map([['odd', 1]]));
  });

  it('keeps frames apart', () => {
    const pickler = new RecordPickler();
    const first = pickler.frame(some.record(), 'first');
    const copy = Buffer.from(first);
    pickler.frame(some.record(), 'second');

    expect(first.equals(copy)).toBe(true);
  });
});
