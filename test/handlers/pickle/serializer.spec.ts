import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../../lib/core/log-record';
import { verifiedPayload } from '../../../lib/handlers/pickle/frame';
import { RecordPickler } from '../../../lib/handlers/pickle/record-pickler';
import { RecordJson, serializerOf } from '../../../lib/handlers/pickle/serializer';
import { HMAC_KEY, SERIALIZER } from '../../../lib/handlers/socket-options';
import { decodePickle } from '../../../lib/handlers/receiver/received-record';
import { readOptions } from '../../../lib/internal/options';
import { some } from '../../support/some';

const record = some.record({ message: 'order placed' });

function serializer(options: object): (record: LogRecord) => Buffer {
  const spec = { serializer: SERIALIZER, hmacKey: HMAC_KEY };
  return serializerOf('SocketHandler', readOptions(spec, options, 'SocketHandler'));
}

describe('serializerOf', () => {
  it('makes pickles unless told otherwise', () => {
    const frame = serializer({})(record);

    expect((decodePickle(frame.subarray(4)) as Map<string, unknown>).get('msg')).toBe('order placed');
  });

  it('makes JSON', () => {
    const frame = serializer({ serializer: 'json' })(record);

    expect(JSON.parse(frame.toString('utf8', 4))).toMatchObject({ msg: 'order placed' });
  });

  it('signs either', () => {
    for (const name of ['pickle', 'json']) {
      const plain = serializer({ serializer: name })(record);
      const signed = serializer({ serializer: name, hmacKey: 'secret' })(record);

      expect(verifiedPayload(signed.subarray(4), 'secret')).toEqual(plain.subarray(4));
      expect(signed.readUInt32BE(0)).toBe(plain.length - 4 + 32);
    }
  });

  it('takes the bytes of a function as they are', () => {
    const bytes = serializer({ serializer: ({ name }: LogRecord) => Buffer.from(name) })(record);

    expect(bytes.toString()).toBe('shop.orders');
  });

  it('refuses a function that returns no bytes, when it is called', () => {
    const serialize = serializer({
      serializer: () => 'text',
    });

    expect(() => serialize(record)).toThrow(
      'SocketHandler: "serializer" must return a Uint8Array, got string.',
    );
  });

  it.each([
    [{ serializer: 'xml' }, "\"serializer\" must be 'pickle', 'json' or a function, got 'xml'."],
    [{ hmacKey: '' }, '"hmacKey" must be a string or bytes that are not empty; leave it out'],
    [{ serializer: () => Buffer.alloc(0), hmacKey: 'k' }, '"hmacKey" signs pickles and JSON'],
  ])('refuses wrong options (%#)', (options, message) => {
    expect(() => serializer(options)).toThrow(message);
  });
});

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
