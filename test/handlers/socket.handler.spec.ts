import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LogRecord } from '../../lib/core/log-record';
import { LogRecordSocketReceiver, SocketHandler, type SocketHandlerOptions } from '../../lib/handlers';
import { handlerContract } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';
import { certificates } from '../support/certificates';
import { startReceiver, type StartedReceiver } from '../support/receiver';
import { some } from '../support/some';
import { startTcpPeer } from '../support/tcp-peer';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

function handlerFor(receiver: LogRecordSocketReceiver, options: SocketHandlerOptions = {}): SocketHandler {
  const handler = new SocketHandler('127.0.0.1', receiver.port ?? 0, { retryStart: 0.01, ...options });
  onTestFinished(async () => handler.close());
  return handler;
}

const receivers = new WeakMap<SocketHandler, StartedReceiver>();

for (const { title, run } of handlerContract('SocketHandler', {
  create: async (options) => {
    const started = await startReceiver();
    const handler = new SocketHandler('127.0.0.1', started.receiver.port ?? 0, options);
    receivers.set(handler, started);
    return handler;
  },
  read: (handler) => receivers.get(handler)?.messages ?? [],
  cleanUp: async (handler) => receivers.get(handler)?.receiver.close(),
  usesFormatter: false,
})) {
  it(title, run);
}

describe('SocketHandler', () => {
  it('opens nothing before the first record', async () => {
    const peer = await startTcpPeer();
    const handler = new SocketHandler('127.0.0.1', peer.port);

    await handler.flush();
    await handler.close();

    expect(peer.connections).toBe(0);
  });

  it('delivers in order, over one connection', async () => {
    const { receiver, messages } = await startReceiver();
    const handler = handlerFor(receiver);
    for (let i = 0; i < 2000; i++) handler.handle(some.record({ message: 'order %d', args: [i] }));
    await handler.close();

    await until(() => messages.length === 2000);
    expect(messages).toEqual(Array.from({ length: 2000 }, (_, i) => `order ${i}`));
    expect(handler.stats()).toMatchObject({ sent: 2000, queued: 0 });
  });

  it('delivers over a Unix socket when the port is null', async () => {
    const path = join(tempDir(), 'log.sock');
    const { messages } = await startReceiver({ path });
    const handler = new SocketHandler(path, null);
    handler.handle(some.record({ message: 'local' }));
    await handler.close();

    await until(() => messages.length === 1);
    expect(messages).toEqual(['local']);
    expect(handler.describe()).toBe(`SocketHandler ${path}`);
  });

  it('delivers what was logged before the peer was there', async () => {
    const stderr = capturedStderr();
    const placeholder = createServer().listen(0, '127.0.0.1');
    await once(placeholder, 'listening');
    const port = (placeholder.address() as { readonly port: number }).port;
    await new Promise((resolve) => placeholder.close(resolve));
    const handler = new SocketHandler('127.0.0.1', port, { retryStart: 0.01, retryMax: 0.05 });
    onTestFinished(async () => handler.close());
    handler.handle(some.record({ message: 'early' }));
    await until(() => stderr.text.includes('delivery failed'));

    const { messages } = await startReceiver({ port });
    await handler.flush();

    await until(() => messages.length === 1);
    expect(messages).toEqual(['early']);
    expect(stderr.text).toContain(`SocketHandler 127.0.0.1:${port}: delivery failed, 1 record wait`);
  });

  it('opens again for a record that comes after close', async () => {
    const { receiver, messages } = await startReceiver();
    const handler = handlerFor(receiver);
    handler.handle(some.record({ message: 'before' }));
    await handler.close();
    handler.handle(some.record({ message: 'after' }));
    await handler.close();

    await until(() => messages.length === 2);
    expect(messages).toEqual(['before', 'after']);
  });

  it('fills exc_text on the record, with its formatter or without', () => {
    const plain = some.record({ error: new Error('no stock') });
    const custom = some.record({ error: new Error('no stock') });
    const handler = new SocketHandler('127.0.0.1', 9020);
    handler.makePickle(plain);
    handler.setFormatter({
      format: (record) => {
        record.excText = 'by the formatter';
        return '';
      },
    });
    handler.makePickle(custom);

    expect(plain.excText).toContain('Error: no stock\n    at ');
    expect(custom.excText).toBe('by the formatter');
  });

  it('fills exc_text also where the formatter leaves none', () => {
    const record = some.record({ error: new Error('no stock') });
    new SocketHandler('127.0.0.1', 9020, { formatter: { format: () => '{}' } }).makePickle(record);

    expect(record.excText).toContain('Error: no stock');
  });

  it('sends the text of an Error that is the message', async () => {
    const { receiver, messages } = await startReceiver();
    const handler = handlerFor(receiver);
    handler.handle(some.record({ message: new TypeError('boom') }));
    await handler.close();

    await until(() => messages.length === 1);
    expect(messages).toEqual(['boom']);
  });

  it('sends the text of a call that has an object before the message', async () => {
    const { receiver, messages } = await startReceiver();
    const handler = handlerFor(receiver);
    handler.handle(some.record({ message: { orderId: 13 }, args: ['placed by %s', 'ann'] }));
    await handler.close();

    await until(() => messages.length === 1);
    expect(messages).toEqual(['placed by ann']);
  });

  it('gives a record whose message throws to handleError, and delivers the next', async () => {
    const stderr = capturedStderr();
    const { receiver, messages } = await startReceiver();
    const handler = handlerFor(receiver);
    const broken = (): string => {
      throw new Error('no message');
    };
    handler.handle(some.record({ message: broken }));
    handler.handle(some.record({ message: 'next' }));
    await handler.close();

    await until(() => messages.length === 1);
    expect(stderr.text).toContain('a record was not written: Error: no message');
  });

  it('makes a new connection after such a record with closeOnError', async () => {
    capturedStderr();
    const peer = await startTcpPeer();
    const handler = new SocketHandler('127.0.0.1', peer.port, { closeOnError: true });
    onTestFinished(async () => handler.close());
    handler.handle(some.record());
    await handler.flush();
    handler.handle(
      some.record({
        message: () => {
          throw new Error('no message');
        },
      }),
    );
    handler.handle(some.record());
    await handler.flush();

    await until(() => peer.connections === 2);
    expect(handler.stats()).toMatchObject({ sent: 2 });
  });

  it('sends what an override of makePickle returns', async () => {
    class Lines extends SocketHandler {
      override makePickle(record: LogRecord): Buffer {
        return Buffer.from(`${record.getMessage()}\n`);
      }
    }
    const peer = await startTcpPeer();
    const handler = new Lines('127.0.0.1', peer.port);
    handler.handle(some.record({ message: 'line' }));
    await handler.close();

    await until(() => peer.lines.length === 1);
    expect(peer.lines).toEqual(['line']);
  });

  it('sends JSON, which the receiver reads as well', async () => {
    const { receiver, records } = await startReceiver();
    const handler = handlerFor(receiver, { serializer: 'json' });
    handler.handle(some.record({ message: 'json', extra: { user: { id: 7 } } }));
    await handler.close();

    await until(() => records.length === 1);
    expect(records[0]?.getMessage()).toBe('json');
    expect(records[0]?.extra).toEqual({ user: { id: 7 } });
  });

  it('never throws for what is logged, and delivers it', async () => {
    const { receiver, records } = await startReceiver();
    const handler = handlerFor(receiver);
    const cycle: Record<string, unknown> = { at: new Date(0) };
    cycle['self'] = cycle;
    handler.handle(some.record({ extra: { cycle, half: '\ud83d', big: 10n ** 30n } }));
    await handler.close();

    await until(() => records.length === 1);
    expect(records[0]?.extra).toEqual({
      cycle: { at: '1970-01-01T00:00:00.000Z', self: '[Circular]' },
      half: '\ud83d',
      big: 10n ** 30n,
    });
  });

  it.each<[string, () => unknown]>([
    ['"port"', () => new SocketHandler('localhost', 0)],
    ['"host"', () => new SocketHandler('', 9020)],
    ['"timeout"', () => new SocketHandler('localhost', 9020, { timeout: 0 })],
    ['"tls" needs a port', () => new SocketHandler('/run/log.sock', null, { tls: true })],
    ['"maxQueued"', () => new SocketHandler('localhost', 9020, { maxQueued: 0 })],
  ])('refuses a wrong %s at construction', (what, construct) => {
    expect(construct).toThrow(what);
  });
});

describe('SocketHandler over TLS', { timeout: 20_000 }, () => {
  const { ca, client, server, expired, otherHost } = certificates();

  it('delivers to a peer whose certificate it can verify', async () => {
    const started = await startReceiver({ tls: { cert: server.cert, key: server.key } });
    const handler = handlerFor(started.receiver, { tls: { ca }, timeout: 5 });
    handler.handle(some.record({ message: 'secret' }));
    await handler.close();

    await until(() => started.messages.length === 1);
    expect(started.messages).toEqual(['secret']);
  });

  it('shows a client certificate', async () => {
    const started = await startReceiver({
      tls: { cert: server.cert, key: server.key, ca, requestCert: true, rejectUnauthorized: true },
    });
    const handler = handlerFor(started.receiver, {
      tls: { ca, cert: client.cert, key: client.key },
      timeout: 5,
    });
    handler.handle(some.record({ message: 'known' }));
    await handler.close();

    await until(() => started.messages.length === 1);
    expect(started.messages).toEqual(['known']);
  });

  it.each([
    ['of an unknown authority', server, {}, /self-signed|unable to (get|verify)/],
    ['that is over', expired, { ca }, /certificate has expired/],
    ['of another host', otherHost, { ca }, /does not match certificate/],
  ])('delivers nothing to a peer with a certificate %s', async (_what, { cert, key }, tls, reason) => {
    const stderr = capturedStderr();
    const started = await startReceiver({ tls: { cert, key } });
    const handler = handlerFor(started.receiver, { tls, timeout: 5, flushTimeout: 0.5 });
    handler.handle(some.record({ message: 'secret' }));

    await until(() => reason.test(stderr.text));
    await handler.close();
    expect(started.messages).toEqual([]);
    expect(handler.stats()).toMatchObject({ sent: 0, dropped: { closed: 1 } });
  });

  it('is not spoken without tls', async () => {
    const started = await startReceiver({ tls: { cert: server.cert, key: server.key } });
    const socket = connectTls({ host: '127.0.0.1', port: started.receiver.port ?? 0, ca });
    onTestFinished(() => void socket.destroy());
    await once(socket, 'secureConnect');

    expect(socket.authorized).toBe(true);
  });
});
