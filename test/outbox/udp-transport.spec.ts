import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { UdpTransport } from '../../lib/outbox/udp-transport';
import { until } from '../support/until';

interface Receiver {
  readonly socket: Socket;
  readonly port: number;
  readonly messages: string[];
  stop(): Promise<void>;
}

async function receiver(port = 0, type: 'udp4' | 'udp6' = 'udp4'): Promise<Receiver> {
  const socket = createSocket(type);
  const messages: string[] = [];
  socket.on('message', (message) => void messages.push(message.toString()));
  socket.bind(port, type === 'udp4' ? '127.0.0.1' : '::1');
  await once(socket, 'listening');
  let isOpen = true;
  const stop = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    const closed = once(socket, 'close');
    socket.close();
    await closed;
  };
  onTestFinished(stop);
  return { socket, port: socket.address().port, messages, stop };
}

function transportTo(port: number, host = '127.0.0.1'): UdpTransport {
  const transport = new UdpTransport({ host, port });
  onTestFinished(() => transport.close());
  return transport;
}

const datagrams = (...texts: readonly string[]): Buffer[] => texts.map((text) => Buffer.from(text));
/** Never aborted. */
const live = (): AbortSignal => new AbortController().signal;

describe('UdpTransport', () => {
  it('sends each payload as a datagram', async () => {
    const peer = await receiver();
    const transport = transportTo(peer.port);

    await transport.deliver(datagrams('a', 'b'), live());
    await transport.deliver(datagrams('c'), live());

    await until(() => peer.messages.length === 3);
    expect(peer.messages).toEqual(['a', 'b', 'c']);
    expect(transport).toMatchObject({ pending: 0, retried: 0, unconfirmed: 0 });
  });

  it('sends over IPv6', async () => {
    const peer = await receiver(0, 'udp6');

    await transportTo(peer.port, '::1').deliver(datagrams('six'), live());

    await until(() => peer.messages.length === 1);
  });

  it('drops only payloads that are larger than a datagram', async () => {
    const peer = await receiver();
    const transport = transportTo(peer.port);

    await expect(
      transport.deliver([Buffer.from('a'), Buffer.alloc(70_000), Buffer.from('b')], live()),
    ).rejects.toMatchObject({ delivered: 1, drop: true });
    await transport.deliver(datagrams('b'), live());

    await until(() => peer.messages.length === 2);
    expect(peer.messages).toEqual(['a', 'b']);
  });

  it('notices that nobody listens, and sends the refused datagram again', async () => {
    const gone = await receiver();
    await gone.stop();
    const transport = transportTo(gone.port);

    await expect(transport.deliver(datagrams('a', 'b'), live())).rejects.toMatchObject({
      delivered: 1,
      cause: { code: 'ECONNREFUSED' },
    });
    await expect(transport.deliver(datagrams('b'), live())).rejects.toMatchObject({ delivered: 0 });
    const peer = await receiver(gone.port);
    await transport.deliver(datagrams('b'), live());

    await until(() => peer.messages.length === 2);
    expect(peer.messages).toEqual(['a', 'b']);
    expect(transport).toMatchObject({ pending: 0, retried: 1 });
  });

  it('notifies the outbox when a receiver ends, and loses nothing on this host', async () => {
    const first = await receiver();
    const transport = transportTo(first.port);
    let calls = 0;
    transport.onPending = () => void calls++;
    await transport.deliver(datagrams('a'), live());
    await until(() => first.messages.length === 1);
    await first.stop();

    await transport.deliver(datagrams('b'), live()).catch(() => undefined);
    await until(() => transport.pending === 1);
    const second = await receiver(first.port);
    await transport.deliver([], live()).catch(() => undefined);
    await transport.deliver(datagrams('c'), live());

    await until(() => second.messages.length === 2);
    expect(second.messages).toEqual(['b', 'c']);
    expect(calls).toBeLessThanOrEqual(1);
  });

  it('fails when the name cannot be found', async () => {
    const transport = transportTo(1, 'no-such-host.invalid');

    await expect(transport.deliver(datagrams('a'), live())).rejects.toMatchObject({
      message: 'no socket',
      delivered: 0,
    });
  });

  it('stops the lookup of a name when it is aborted', async () => {
    const abort = new AbortController();
    const delivery = transportTo(1, 'localhost').deliver(datagrams('a'), abort.signal);

    abort.abort();

    await expect(delivery).rejects.toThrow('no socket');
    await expect(transportTo(1).deliver(datagrams('a'), abort.signal)).rejects.toThrow('abort');
  });

  it('sends synchronously at the end of the process', async () => {
    const peer = await receiver();
    const transport = transportTo(peer.port);
    expect(transport.deliverSync(datagrams('no socket yet'))).toBe(0);
    await transport.deliver(datagrams('a'), live());

    expect(transport.deliverSync(datagrams('b', 'c'))).toBe(2);

    await until(() => peer.messages.length === 3);
  });

  it('counts refused payloads at close that were not sent again', async () => {
    const gone = await receiver();
    await gone.stop();
    const transport = transportTo(gone.port);
    await transport.deliver(datagrams('a'), live()).catch(() => undefined);

    transport.close();

    expect(transport).toMatchObject({ pending: 0, unconfirmed: 1 });
  });
});
