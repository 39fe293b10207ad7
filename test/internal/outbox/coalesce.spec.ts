import { describe, expect, it } from 'vitest';
import { CHUNK_BYTES, coalesce } from '../../../lib/internal/outbox/coalesce';

describe('coalesce', () => {
  it('joins what fits into one chunk', () => {
    const payloads = ['a', 'bb', 'ccc'].map((text) => Buffer.from(text));

    expect(coalesce(payloads, 1)).toEqual({ bytes: Buffer.from('bbccc'), count: 2 });
  });

  it('stops before the payload that does not fit', () => {
    const half = Buffer.alloc(CHUNK_BYTES / 2);

    expect(coalesce([half, half, half], 0)).toMatchObject({ count: 2, bytes: { length: CHUNK_BYTES } });
  });

  it('joins more when it is told to', () => {
    const half = Buffer.alloc(CHUNK_BYTES / 2);

    expect(coalesce([half, half, half], 0, Number.POSITIVE_INFINITY).count).toBe(3);
  });

  it('gives a payload that is alone as it is, however large', () => {
    const large = Buffer.alloc(CHUNK_BYTES * 2);

    const chunk = coalesce([large, Buffer.alloc(1)], 0);

    expect(chunk.bytes).toBe(large);
    expect(chunk.count).toBe(1);
  });
});
