import { describe, expect, it } from 'vitest';
import { decodePickle } from '../../../lib/handlers/socket/pickle-decoder';
import { serializerOf, type RecordSerializer } from '../../../lib/handlers/socket/serializer';
import { verifiedPayload } from '../../../lib/handlers/socket/signature';
import { some } from '../../support/some';

const record = some.record({ message: 'order placed' });

describe('serializerOf', () => {
  it('makes pickles unless told otherwise', () => {
    const frame = serializerOf('SocketHandler', {})(record);

    expect((decodePickle(frame.subarray(4)) as Map<string, unknown>).get('msg')).toBe('order placed');
  });

  it('makes JSON', () => {
    const frame = serializerOf('SocketHandler', { serializer: 'json' })(record);

    expect(JSON.parse(frame.toString('utf8', 4))).toMatchObject({ msg: 'order placed' });
  });

  it('signs either', () => {
    for (const serializer of ['pickle', 'json'] as const) {
      const plain = serializerOf('SocketHandler', { serializer })(record);
      const signed = serializerOf('SocketHandler', { serializer, hmacKey: 'secret' })(record);

      expect(verifiedPayload(signed.subarray(4), 'secret')).toEqual(plain.subarray(4));
      expect(signed.readUInt32BE(0)).toBe(plain.length - 4 + 32);
    }
  });

  it('takes the bytes of a function as they are', () => {
    const bytes = serializerOf('SocketHandler', { serializer: ({ name }) => Buffer.from(name) })(record);

    expect(bytes.toString()).toBe('shop.orders');
  });

  it('refuses a function that returns no bytes, when it is called', () => {
    const serialize = serializerOf('SocketHandler', {
      serializer: (() => 'text') as unknown as RecordSerializer,
    });

    expect(() => serialize(record)).toThrow(
      'SocketHandler: "serializer" must return a Uint8Array, got string.',
    );
  });

  it.each([
    [
      { serializer: 'xml' as RecordSerializer },
      '"serializer" must be \'pickle\', \'json\' or a function, got "xml"',
    ],
    [{ hmacKey: '' }, '"hmacKey" must not be empty'],
    [{ serializer: () => Buffer.alloc(0), hmacKey: 'k' }, '"hmacKey" signs pickles and JSON'],
  ])('refuses wrong options (%#)', (options, message) => {
    expect(() => serializerOf('SocketHandler', options)).toThrow(message);
  });
});
