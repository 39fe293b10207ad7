import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DatagramHandler, SocketHandler, type DatagramHandlerOptions } from '../../lib/handlers';
import { handlerContract } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';
import { haveCommands } from '../support/real-means';
import { startReceiver, type StartedReceiver } from '../support/receiver';
import { some } from '../support/some';
import { tempDir } from '../support/temp-dir';
import { unixDatagramServer } from '../support/unix-datagram-server';
import { until } from '../support/until';

const receivers = new WeakMap<DatagramHandler, StartedReceiver>();

for (const { title, run } of handlerContract('DatagramHandler', {
  create: async (options) => {
    const started = await startReceiver({ udpPort: 0 });
    const handler = new DatagramHandler('127.0.0.1', started.receiver.udpPort ?? 0, options);
    receivers.set(handler, started);
    return handler;
  },
  read: (handler) => receivers.get(handler)?.messages ?? [],
  cleanUp: async (handler) => receivers.get(handler)?.receiver.close(),
  usesFormatter: false,
})) {
  it(title, run);
}

async function sending(
  options: DatagramHandlerOptions = {},
  host = '127.0.0.1',
): Promise<StartedReceiver & { readonly handler: DatagramHandler }> {
  const started = await startReceiver({ udpPort: 0, host });
  const handler = new DatagramHandler(host, started.receiver.udpPort ?? 0, options);
  onTestFinished(async () => handler.close());
  return { ...started, handler };
}

describe('DatagramHandler', () => {
  it('is a SocketHandler, as in Python', () => {
    expect(new DatagramHandler('127.0.0.1', 9021)).toBeInstanceOf(SocketHandler);
  });

  it.each(['127.0.0.1', '::1', 'localhost'])('sends a record as one datagram to %s', async (host) => {
    const { handler, records } = await sending({}, host);
    handler.handle(some.record({ message: 'é', extra: { user: 7 } }));
    await handler.close();

    await until(() => records.length === 1);
    expect(records[0]?.getMessage()).toBe('é');
    expect(records[0]?.extra).toEqual({ user: 7 });
  });

  it('sends JSON, and signs it', async () => {
    const { receiver, messages } = await startReceiver({ udpPort: 0, hmacKey: 'secret' });
    const handler = new DatagramHandler('127.0.0.1', receiver.udpPort ?? 0, {
      serializer: 'json',
      hmacKey: 'secret',
    });
    handler.handle(some.record({ message: 'signed' }));
    await handler.close();

    await until(() => messages.length === 1);
    expect(messages).toEqual(['signed']);
  });

  it('gives a record that is too large for a datagram to handleError, and sends the next', async () => {
    const stderr = capturedStderr();
    const { handler, messages } = await sending();
    handler.handle(some.record({ message: 'x'.repeat(65_507) }));
    handler.handle(some.record({ message: 'next' }));
    await handler.close();

    await until(() => messages.length === 1);
    expect(messages).toEqual(['next']);
    expect(stderr.text).toMatch(
      /a record was not written: DeliveryError: the record takes \d+ bytes, a datagram 65507/,
    );
    expect(handler.stats()).toMatchObject({ sent: 1, queued: 0 });
  });

  it('sends a record that just fits', async () => {
    const { handler, messages } = await sending();
    const room = 65_507 - handler.makePickle(some.record({ message: '' })).length;
    handler.handle(some.record({ message: 'x'.repeat(room) }));
    await handler.close();

    await until(() => messages.length === 1);
    expect(messages[0]).toHaveLength(room);
  });

  it('refuses a path that is too long for a socket', () => {
    expect(() => new DatagramHandler('/'.repeat(108), null)).toThrow(
      "DatagramHandler: a socket's path has 107 bytes",
    );
  });

  it.each(['tls', 'timeout', 'closeOnError'])('refuses "%s", which is for connections', (name) => {
    expect(() => new DatagramHandler('127.0.0.1', 9021, { [name]: 1 })).toThrow(
      `DatagramHandler: unknown option "${name}"`,
    );
  });
});

describe.runIf(haveCommands('python3'))('DatagramHandler to a Unix socket', { timeout: 20_000 }, () => {
  it('sends a record as one datagram', async () => {
    const server = await unixDatagramServer(join(tempDir(), 'd'));
    const handler = new DatagramHandler(server.path, null);
    const record = some.record({ message: 'local' });
    handler.handle(record);
    await handler.close();

    await until(() => server.received.length === 1);
    expect(server.received).toEqual([handler.makePickle(record)]);
    expect(handler.describe()).toBe(`DatagramHandler ${server.path}`);
  });

  it('gives a record that is too large for it to handleError', async () => {
    const stderr = capturedStderr();
    const server = await unixDatagramServer(join(tempDir(), 'd'));
    const handler = new DatagramHandler(server.path, null);
    handler.handle(some.record({ message: 'x'.repeat(300_000) }));
    handler.handle(some.record());
    await handler.close();

    await until(() => server.received.length === 1);
    expect(stderr.text).toContain('bytes, a datagram 212960 at most');
  });
});
