import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { frameOf } from '../../../lib/handlers/pickle/frame';
import { FrameReader, ReceiverConnection } from '../../../lib/handlers/receiver/receiver-connection';
import { randomOf } from '../../support/random';
import { until } from '../../support/until';

interface Opened {
  readonly client: Socket;
  readonly payloads: string[];
  readonly refused: unknown[];
}

interface Timeouts {
  readonly idleTimeoutMs?: number;
  readonly frameTimeoutMs?: number;
  readonly proofTimeoutMs?: number;
}

async function opened({ idleTimeoutMs = 0, ...timeouts }: Timeouts = {}): Promise<Opened> {
  const [payloads, refused]: [string[], unknown[]] = [[], []];
  const server = createServer((socket) => {
    const connection = new ReceiverConnection(socket, {
      maxFrameBytes: 100_000,
      idleTimeoutMs,
      ...timeouts,
      onPayload: (payload) => {
        if (payload.toString() === 'wrong') throw new Error('a wrong frame');
        payloads.push(payload.toString('latin1', 0, 9));
      },
      onRefused: (error) => void refused.push(String(error)),
    });
    onTestFinished(() => connection.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
  onTestFinished(() => void client.destroy());
  return { client, payloads, refused };
}

describe('ReceiverConnection', () => {
  it('hands on each payload', async () => {
    const { client, payloads } = await opened();
    client.write(Buffer.concat([frameOf(Buffer.from('one')), frameOf(Buffer.from('two'))]));

    await until(() => payloads.length === 2);
    expect(payloads).toEqual(['one', 'two']);
  });

  it('ends when a frame is over the limit, and keeps the frames before it', async () => {
    const { client, payloads, refused } = await opened();
    client.write(Buffer.concat([frameOf(Buffer.from('one')), Buffer.from([0, 1, 0x86, 0xa1, 1])]));

    await once(client, 'close');
    expect(payloads).toEqual(['one']);
    expect(refused).toEqual(['UnpicklingError: a frame claims 100001 bytes; "maxFrameBytes" is 100000']);
  });

  it('tells of a frame that the peer never finished', async () => {
    const { client, refused } = await opened();
    client.end(Buffer.from([0, 0, 0, 9, 1]));

    await once(client, 'close');
    expect(refused).toEqual(['UnpicklingError: the connection ended within a frame, after 5 bytes']);
  });

  it('ends when nothing comes for the time of silence', async () => {
    const { client } = await opened({ idleTimeoutMs: 30 });

    await once(client, 'close');
    expect(client.destroyed).toBe(true);
  });

  it('ends a frame that trickles in for longer than it may', async () => {
    const { client, refused } = await opened({ idleTimeoutMs: 100 });
    const drip = setInterval(() => client.write('\0'), 20);
    onTestFinished(() => clearInterval(drip));
    client.write(Buffer.from([0, 0, 0, 99]));

    // Not `once` of node:events: a drop may be on its way when the connection ends, and is answered with a reset.
    await new Promise((resolve) => client.once('close', resolve));
    expect(refused[0]).toBe('UnpicklingError: a frame was not complete, and next to nothing came for 100 ms');
  });

  it('keeps a connection whose frames overlap its pieces for longer than a frame may take', async () => {
    const { client, payloads, refused } = await opened({ frameTimeoutMs: 300 });
    const frame = frameOf(Buffer.from('one of many'));
    const stream = Buffer.concat(Array.from({ length: 40 }, () => frame));
    // Each piece ends within a frame, so that the connection is never between two.
    for (let at = 0; at < stream.length; at += frame.length) {
      client.write(at === 0 ? stream.subarray(0, 4) : stream.subarray(at - frame.length + 4, at + 4));
      await sleep(20);
    }
    client.write(stream.subarray(-frame.length + 4));

    await until(() => payloads.length === 40);
    expect(refused).toEqual([]);
  });

  it('keeps a connection that brings one large frame in small pieces', async () => {
    const { client, payloads, refused } = await opened({ frameTimeoutMs: 300 });
    const frame = frameOf(Buffer.alloc(60_000, 'x'));
    for (let at = 0; at < frame.length; at += 1500) {
      client.write(frame.subarray(at, at + 1500));
      await sleep(20);
    }

    await until(() => payloads.length === 1);
    expect(refused).toEqual([]);
  });

  it('ends when a large frame stops coming', async () => {
    const { client, refused } = await opened({ frameTimeoutMs: 100 });
    client.write(frameOf(Buffer.alloc(60_000)).subarray(0, 30_000));

    await once(client, 'close');
    expect(refused).toHaveLength(1);
  });

  it('ends at the first frame that is not taken, and leaves what follows it', async () => {
    const { client, payloads, refused } = await opened();
    const frames = ['one', 'wrong', 'two'].map((text) => frameOf(Buffer.from(text)));
    client.write(Buffer.concat(frames));

    await once(client, 'close');
    expect(payloads).toEqual(['one']);
    expect(refused).toEqual(['Error: a wrong frame']);
  });

  it('ends without a frame that is taken in time, however much comes', async () => {
    const { client, refused } = await opened({ proofTimeoutMs: 150 });
    const frame = frameOf(Buffer.alloc(90_000));
    let at = 0;
    const drip = setInterval(() => void client.write(frame.subarray(at, (at += 2000))), 10);
    onTestFinished(() => clearInterval(drip));

    await new Promise((resolve) => client.once('close', resolve));
    expect(refused[0]).toBe('UnpicklingError: no signed frame came within 150 ms');
  });

  it('leaves a connection alone that had a frame taken', async () => {
    const { client, payloads, refused } = await opened({ proofTimeoutMs: 100 });
    client.write(frameOf(Buffer.from('one')));
    await until(() => payloads.length === 1);
    await sleep(200);
    client.write(frameOf(Buffer.from('two')));

    await until(() => payloads.length === 2);
    expect(refused).toEqual([]);
  });
});

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
