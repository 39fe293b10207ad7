import { describe, expect, it } from 'vitest';
import { frameOf } from '../../../lib/handlers/socket/frame';
import { FrameReader } from '../../../lib/handlers/socket/frame-reader';
import { randomOf } from '../../support/random';

describe('FrameReader', () => {
  it('finds the same frames however the bytes are cut', () => {
    const random = randomOf(7);
    const payloads = Array.from({ length: 300 }, (_, i) =>
      Buffer.alloc(random.below(300) * random.below(60), i),
    );
    const stream = Buffer.concat(payloads.map((payload) => frameOf(payload)));
    const reader = new FrameReader(1024 * 1024);
    const found: Buffer[] = [];
    for (let at = 0; at < stream.length;) {
      const size = random.below(3) === 0 ? 1 + random.below(5) : 1 + random.below(70_000);
      reader.push(stream.subarray(at, at + size), (payload) => void found.push(Buffer.from(payload)));
      at += size;
    }

    expect(found.length).toBe(payloads.length);
    expect(found.every((payload, i) => payload.equals(payloads[i] ?? Buffer.alloc(0)))).toBe(true);
    expect(reader.pending).toBe(0);
  });

  it('refuses a frame over the limit when its length is known', () => {
    const reader = new FrameReader(10);
    reader.push(Buffer.from([0, 0, 0]), () => undefined);

    expect(() => reader.push(Buffer.from([11]), () => undefined)).toThrow('a frame claims 11 bytes');
  });

  it('sets no memory aside for a length that was only claimed', () => {
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 100 }, () => {
      const reader = new FrameReader(0xffff_ffff);
      reader.push(Buffer.from([0x7f, 0xff, 0xff, 0xff, 1]), () => undefined);
      return reader;
    });

    expect(readers.every(({ pending }) => pending === 5)).toBe(true);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1024 * 1024);
  });
});
