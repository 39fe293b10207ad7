import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { contextStorage } from '../../lib/core/record-context';
import { Manager } from '../../lib/core/manager';
import { JsonFormatter } from '../../lib/formatters';
import { DatagramHandler, LogRecordSocketReceiver, SocketHandler } from '../../lib/handlers';
import { frameOf, signFrame } from '../../lib/handlers/pickle/frame';
import { PickleEncoder } from '../../lib/handlers/pickle/pickle-encoder';
import { CollectingHandler } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';
import { startReceiver } from '../support/receiver';
import { some } from '../support/some';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

function frame(fields: Readonly<Record<string, unknown>> = {}): Buffer {
  return frameOf(new PickleEncoder().encode({ name: 'py', msg: 'hello', levelno: 20, ...fields }));
}

/** Bytes that are in use after some collections: V8 keeps the shapes of dead objects, and their keys, for a few. */
function usedMemory(): number {
  setFlagsFromString('--expose-gc');
  for (let i = 0; i < 5; i++) (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

const HOSTILE = frameOf(Buffer.from('cos\nsystem\n(S"exit"\ntR.'));

async function client(receiver: LogRecordSocketReceiver): Promise<Socket> {
  const socket = connect(receiver.port ?? 0, '127.0.0.1');
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

async function sendUdp(receiver: LogRecordSocketReceiver, datagram: Buffer): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise((resolve) => socket.send(datagram, receiver.udpPort ?? 0, '127.0.0.1', resolve));
  socket.close();
}

describe('LogRecordSocketReceiver', () => {
  it('gives records to the loggers of their names, whatever their level', async () => {
    const manager = new Manager();
    const handler = new CollectingHandler();
    manager.getLogger('py').addHandler(handler);
    manager.getLogger('py').setLevel('CRITICAL');
    const receiver = new LogRecordSocketReceiver({ port: 0, manager });
    await receiver.start();
    onTestFinished(async () => receiver.close());
    (await client(receiver)).write(frame());

    await until(() => handler.messages.length === 1);
    expect(handler.messages).toEqual(['hello']);
    expect(receiver.stats()).toEqual({ received: 1, refused: 0, connections: 1 });
  });

  it('keeps little of long names that were made up', async () => {
    const manager = new Manager();
    const handler = new CollectingHandler();
    manager.root.addHandler(handler);
    const formatter = new JsonFormatter();
    const receiver = new LogRecordSocketReceiver({ port: 0, manager });
    await receiver.start();
    onTestFinished(async () => receiver.close());
    const socket = await client(receiver);
    const before = usedMemory();
    for (let i = 0; i < 60; i++) {
      const long = i % 2 === 0 ? '.x'.repeat(250_000) : 'x'.repeat(500_000);
      socket.write(frame({ name: `${i}${long}`, levelname: `${i}${long}`, [`${i}${long}`]: 1 }));
      await until(() => receiver.stats().received === i + 1);
      formatter.format(handler.records.pop() ?? some.record());
    }

    expect(Math.max(...[...manager.loggers.keys()].map(({ length }) => length))).toBeLessThanOrEqual(256);
    // 60 times 0.5 to 1.5 MB were sent.
    expect(usedMemory() - before).toBeLessThan(10_000_000);
  });

  it('listens on TCP, UDP and a Unix socket at once', async () => {
    const path = join(tempDir(), 'log.sock');
    const { receiver, messages } = await startReceiver({ port: 0, udpPort: 0, path });
    const handlers = [
      new SocketHandler('127.0.0.1', receiver.port ?? 0),
      new SocketHandler(path, null),
      new DatagramHandler('127.0.0.1', receiver.udpPort ?? 0),
    ];
    for (const [i, handler] of handlers.entries()) {
      handler.handle(some.record({ message: `by ${i}` }));
      await handler.close();
    }

    await until(() => messages.length === 3);
    expect(messages.toSorted()).toEqual(['by 0', 'by 1', 'by 2']);
  });

  it('refuses a pickle that names code, reports it, and reads on', async () => {
    const stderr = capturedStderr();
    const { receiver, messages } = await startReceiver();
    (await client(receiver)).write(Buffer.concat([HOSTILE, frame({ msg: 'after' })]));

    await until(() => messages.length === 1);
    expect(messages).toEqual(['after']);
    expect(receiver.stats()).toMatchObject({ received: 1, refused: 1 });
    expect(stderr.text).toContain('a frame was refused: UnpicklingError: the name "os.system" is refused');
  });

  it.each([
    [0o022, '660'],
    [0o000, '660'],
    [0o077, '600'],
  ])('with umask %o makes its Unix socket with %s', async (umask, mode) => {
    const path = join(tempDir(), 'log.sock');
    const before = process.umask(umask);
    onTestFinished(() => void process.umask(before));

    await startReceiver({ path });

    expect((statSync(path).mode & 0o777).toString(8)).toBe(mode);
  });

  it('reports many refusals once, and counts them all', async () => {
    const stderr = capturedStderr();
    const path = join(tempDir(), 'log.sock');
    const { receiver } = await startReceiver({ path });
    const socket = connect(path);
    onTestFinished(() => void socket.destroy());
    socket.write(Buffer.concat(Array.from({ length: 5000 }, () => HOSTILE)));

    await until(() => receiver.stats().refused === 5000);
    expect(stderr.text.match(/a frame was refused/g)).toHaveLength(1);
  });

  it('ends a connection that claims a frame over the limit', async () => {
    capturedStderr();
    const { receiver, messages } = await startReceiver({ maxFrameBytes: 300 });
    const socket = await client(receiver);
    socket.write(Buffer.concat([frame(), frame({ big: 'x'.repeat(300) })]));

    await once(socket, 'close');
    expect(messages).toEqual(['hello']);
    expect(receiver.stats().refused).toBe(1);
  });

  it('ends connections beyond the limit, and takes new ones when there is room', async () => {
    capturedStderr();
    const { receiver, messages } = await startReceiver({ maxConnections: 2 });
    const [first] = [await client(receiver), await client(receiver)];
    const third = await client(receiver);
    await once(third, 'close');
    first.destroy();
    await until(() => receiver.stats().connections === 1);
    (await client(receiver)).write(frame());

    await until(() => messages.length === 1);
    expect(receiver.stats()).toMatchObject({ refused: 1, connections: 2 });
  });

  it('ends a connection that is silent for idleTimeout', async () => {
    capturedStderr();
    const { receiver, messages } = await startReceiver({ idleTimeout: 0.2 });
    const socket = await client(receiver);
    socket.write(frame());

    await once(socket, 'close');
    expect(messages).toEqual(['hello']);
    await until(() => receiver.stats().connections === 0);
  });

  it('takes only signed frames with hmacKey', async () => {
    const stderr = capturedStderr();
    const { receiver, messages } = await startReceiver({ hmacKey: 'secret' });
    for (const [message, hmacKey] of [
      ['unsigned', undefined],
      ['wrong', 'other'],
      ['signed', 'secret'],
    ] as const) {
      const handler = new SocketHandler(
        '127.0.0.1',
        receiver.port ?? 0,
        hmacKey === undefined ? {} : { hmacKey },
      );
      handler.handle(some.record({ message }));
      await handler.close();
    }

    await until(() => receiver.stats().received + receiver.stats().refused === 3);
    expect(messages).toEqual(['signed']);
    expect(stderr.text).toContain('a frame is not signed with "hmacKey"');
  });

  it('ends a connection at its first frame with a wrong signature', async () => {
    capturedStderr();
    const { receiver, messages } = await startReceiver({ hmacKey: 'secret' });
    const socket = await client(receiver);
    const signed = signFrame(frame(), 'secret');
    socket.write(Buffer.concat([signed, signFrame(frame(), 'other'), signed]));

    await once(socket, 'close');
    expect(messages).toEqual(['hello']);
    expect(receiver.stats()).toMatchObject({ received: 1, refused: 1 });
  });

  it('keeps a connection whose frame is signed and is no record', async () => {
    capturedStderr();
    const { receiver, messages } = await startReceiver({ hmacKey: 'secret' });
    (await client(receiver)).write(
      Buffer.concat([HOSTILE, frame()].map((plain) => signFrame(plain, 'secret'))),
    );

    await until(() => messages.length === 1);
    expect(receiver.stats()).toMatchObject({ received: 1, refused: 1, connections: 1 });
  });

  it('frees the places of strangers after 5 seconds', async () => {
    capturedStderr();
    const { receiver, messages } = await startReceiver({ hmacKey: 'secret', maxConnections: 2 });
    const begun = performance.now();
    const strangers = [await client(receiver), await client(receiver)];
    await Promise.all(strangers.map((socket) => once(socket, 'close')));
    const seconds = (performance.now() - begun) / 1000;
    await until(() => receiver.stats().connections === 0);
    (await client(receiver)).write(signFrame(frame(), 'secret'));

    await until(() => messages.length === 1);
    expect(seconds).toBeGreaterThan(4.5);
    expect(seconds).toBeLessThan(15);
  }, 20_000);

  it('refuses a datagram that is not signed', async () => {
    capturedStderr();
    const { receiver, messages } = await startReceiver({ udpPort: 0, hmacKey: 'secret' });
    await sendUdp(receiver, frame());
    await sendUdp(receiver, signFrame(frame(), 'secret'));

    await until(() => messages.length === 1 && receiver.stats().refused === 1);
    expect(messages).toEqual(['hello']);
  });

  it('refuses datagrams that are not one whole frame', async () => {
    capturedStderr();
    const { receiver, messages } = await startReceiver({ udpPort: 0 });
    for (const datagram of [Buffer.alloc(0), Buffer.from([0, 0]), frame().subarray(0, -1), HOSTILE]) {
      await sendUdp(receiver, datagram);
    }
    await sendUdp(receiver, frame());

    await until(() => messages.length === 1 && receiver.stats().refused === 4);
    expect(receiver.stats()).toMatchObject({ received: 1, refused: 4 });
  });

  it('survives a listener that throws', async () => {
    const stderr = capturedStderr();
    const { receiver } = await startReceiver({
      onRecord: () => {
        throw new Error('listener');
      },
    });
    (await client(receiver)).write(Buffer.concat([frame(), frame()]));

    await until(() => receiver.stats().received === 2);
    expect(stderr.text).toContain('a record was not handed on: Error: listener');
  });

  it('leaves nothing open when it is closed, and starts again', async () => {
    const path = join(tempDir(), 'log.sock');
    const { receiver } = await startReceiver({ port: 0, udpPort: 0, path });
    const socket = await client(receiver);
    const { port } = receiver;
    await receiver.close();
    await receiver.close();

    if (!socket.destroyed) await once(socket, 'close');
    expect([receiver.port, receiver.udpPort, existsSync(path)]).toEqual([undefined, undefined, false]);
    expect(receiver.stats().connections).toBe(0);
    const late = connect(port ?? 0, '127.0.0.1');
    const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
    await receiver.start();
    expect(receiver.port).toBeGreaterThan(0);
  });

  it('receives outside the scope that it was started in', async () => {
    const contexts: unknown[] = [];
    const receiver = new LogRecordSocketReceiver({
      port: 0,
      onRecord: () => void contexts.push(contextStorage.getStore()),
    });
    await contextStorage.run({ id: 's1', fields: {}, tree: {} }, async () => receiver.start());
    onTestFinished(async () => receiver.close());
    (await client(receiver)).write(frame());

    await until(() => contexts.length === 1);
    expect(contexts).toEqual([undefined]);
  });

  it('rejects start() and listens on nothing when an address is taken', async () => {
    const { receiver: other } = await startReceiver({ udpPort: 0 });
    const receiver = new LogRecordSocketReceiver({ port: 0, udpPort: other.udpPort ?? 0 });

    await expect(receiver.start()).rejects.toThrow('EADDRINUSE');
    expect(receiver.port).toBeUndefined();
  });

  it('listens on the loopback address unless told otherwise', () => {
    expect(new LogRecordSocketReceiver().host).toBe('127.0.0.1');
  });

  it.each([
    [{ maxFrameBytes: 0 }, '"maxFrameBytes" must be a positive integer, got 0.'],
    [{ maxConnections: 1.5 }, '"maxConnections" must be a positive integer, got 1.5.'],
    [{ idleTimeout: -1 }, '"idleTimeout" must be a number from 0 to 2147483, got -1'],
    [{ hmacKey: '' }, '"hmacKey" must be a string or bytes that are not empty'],
  ])('refuses %o at construction', (options, message) => {
    expect(() => new LogRecordSocketReceiver(options)).toThrow(`LogRecordSocketReceiver: ${message}`);
  });
});
