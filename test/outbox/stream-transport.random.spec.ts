import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Outbox } from '../../lib/outbox/outbox';
import { OUTBOX_SPEC } from '../../lib/outbox/outbox-options';
import { StreamTransport } from '../../lib/outbox/stream-transport';
import { readOptions } from '../../lib/internal/options';

type Random = (below: number) => number;

function randomFrom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

/** Keeps what each connection received apart: one that breaks may end within a number. */
class FaultyPeer {
  readonly server: Server = createServer((socket) => this.#take(socket));
  readonly #sockets = new Map<Socket, { text: string }>();
  readonly #texts: { text: string }[] = [];

  get ids(): number[] {
    return this.#texts.flatMap(({ text }) => [...text.matchAll(/#(\d+)#/g)].map(([, id]) => Number(id)));
  }

  fail(random: Random): void {
    for (const socket of this.#sockets.keys()) {
      const kind = random(4);
      // A reset after an end leaves the socket open for ever in Node 20.
      if (kind === 0 && !socket.writableEnded) socket.resetAndDestroy();
      else if (kind === 1) socket.end();
      else if (kind === 2) socket.pause();
      else socket.resume();
    }
  }

  recover(): void {
    for (const socket of this.#sockets.keys()) socket.resume();
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets.keys()) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  #take(socket: Socket): void {
    const received = { text: '' };
    this.#texts.push(received);
    this.#sockets.set(socket, received);
    socket.on('data', (bytes: Buffer) => (received.text += bytes.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

describe('StreamTransport behind an outbox, whatever the peer does', () => {
  it.each(Array.from({ length: 8 }, (_, at) => at + 1))(
    'loses no more than it counts as unconfirmed, and sends nothing twice but what it counts as retried (%d)',
    async (seed) => {
      const random = randomFrom(seed * 104_729);
      const peer = new FaultyPeer();
      peer.server.listen(0, '127.0.0.1');
      await once(peer.server, 'listening');
      onTestFinished(async () => peer.stop());
      const { port } = peer.server.address() as AddressInfo;
      const transport = new StreamTransport({ connect: () => connect(port, '127.0.0.1'), timeoutMs: 2000 });
      const options = readOptions(
        OUTBOX_SPEC,
        { retryStart: 0.002, retryMax: 0.01, maxQueued: 2000 },
        'Test',
      );
      const outbox = new Outbox({ report: () => {}, recovered: () => {} }, transport, options);
      let put = 0;
      for (let step = 0; step < 150; step++) {
        for (let left = random(60); left > 0; left--) {
          const payload = Buffer.from(`#${put++}#${'x'.repeat(random(3000))}\n`);
          outbox.put(payload, payload.length);
        }
        if (random(4) === 0) peer.fail(random);
        if (random(3) === 0) await wait(random(4));
      }
      peer.recover();
      await outbox.close();

      const { sent, queued, retried, unconfirmed, dropped } = outbox.stats();
      const { ids } = peer;
      const unique = new Set(ids).size;
      expect(queued).toBe(0);
      expect(sent + dropped.overflow + dropped.closed).toBe(put);
      expect(unique).toBeLessThanOrEqual(sent);
      expect(unique).toBeGreaterThanOrEqual(sent - unconfirmed);
      expect(ids.length - unique).toBeLessThanOrEqual(retried);
    },
  );
});
