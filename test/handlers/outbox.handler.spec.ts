import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LogRecord } from '../../lib/core/log-record';
import { openHandlers } from '../../lib/core/handler';
import { OutboxHandler, type OutboxHandlerOptions } from '../../lib/handlers';
import { StreamTransport } from '../../lib/outbox/stream-transport';
import { handlerContract } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';
import { some } from '../support/some';
import { startTcpPeer, type TcpPeer } from '../support/tcp-peer';
import { until } from '../support/until';

/** The smallest network handler: lines over TCP. */
class LineHandler extends OutboxHandler<Buffer> {
  transports = 0;

  constructor(
    readonly port: number,
    options: OutboxHandlerOptions = {},
  ) {
    super({ retryStart: 0.01, ...options });
  }

  protected override payloadOf(record: LogRecord): Buffer {
    return Buffer.from(`${this.format(record)}\n`);
  }

  protected override sizeOf(payload: Buffer): number {
    return payload.length;
  }

  protected override createTransport(): StreamTransport {
    this.transports++;
    return new StreamTransport({ connect: () => connect(this.port, '127.0.0.1'), timeoutMs: 2000 });
  }
}

const peers = new WeakMap<LineHandler, TcpPeer>();

for (const { title, run } of handlerContract('OutboxHandler', {
  create: async (options) => {
    const peer = await startTcpPeer();
    const handler = new LineHandler(peer.port, options);
    peers.set(handler, peer);
    return handler;
  },
  read: (handler) => peers.get(handler)?.lines ?? [],
  cleanUp: async (handler) => peers.get(handler)?.stop(),
})) {
  it(title, run);
}

describe('OutboxHandler', () => {
  it('opens nothing before the first record', async () => {
    const handler = new LineHandler(1);

    await handler.flush();
    handler.flushSync();
    await handler.close();

    expect(handler.transports).toBe(0);
    expect(handler.stats()).toMatchObject({ queued: 0, sent: 0 });
  });

  it('makes the payload at the log call', async () => {
    const peer = await startTcpPeer();
    const handler = new LineHandler(peer.port);
    const record = some.record({ message: 'before' });

    handler.handle(record);
    record.msg = 'after';
    await handler.close();

    expect(peer.lines).toEqual(['before']);
  });

  it('reports an outage and its end under its own name', async () => {
    const stderr = capturedStderr();
    const gone = await startTcpPeer();
    const { port } = gone;
    await gone.stop();
    const handler = new LineHandler(port, { name: 'lines' });
    onTestFinished(async () => handler.close());

    handler.handle(some.record({ message: 'early' }));
    await until(() => stderr.text.includes('delivery failed'));
    const peer = await startTcpPeer({ port });
    await until(() => stderr.text.includes('delivering again'));

    await until(() => peer.lines.length > 0);
    expect(peer.lines).toEqual(['early']);
    const [begin, end] = stderr.text.split('\n');
    expect(begin).toMatch(
      /^nestjs-hindsight: LineHandler lines: delivery failed, 1 record wait: SendFailure: not connected: Error: connect ECONNREFUSED/,
    );
    expect(end).toMatch(
      /^nestjs-hindsight: LineHandler lines: delivering again after \d+\.\d s: 1 record delivered, 0 dropped/,
    );
  });

  it('is looked at again at the end of the process when it is used after close', async () => {
    const peer = await startTcpPeer();
    const handler = new LineHandler(peer.port);
    await handler.close();
    expect(openHandlers.newestFirst()).not.toContain(handler);

    handler.handle(some.record({ message: 'late' }));

    expect(openHandlers.newestFirst()).toContain(handler);
    await until(() => peer.lines.length === 1);
    await handler.close();
    expect(openHandlers.newestFirst()).not.toContain(handler);
  });

  it('refuses a bad limit before it becomes an open handler', () => {
    expect(() => new LineHandler(1, { maxQueued: -1, name: 'never' })).toThrow(
      'LineHandler: "maxQueued" must be a positive integer, got -1.',
    );
  });
});
