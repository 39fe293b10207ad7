import { describe, expect, it, vi } from 'vitest';
import { UnixTransport } from '../../../lib/handlers/syslog/unix-transport';
import { SendFailure } from '../../../lib/outbox/send-failure';
import type { Transport } from '../../../lib/outbox/transport';

const live = (): AbortSignal => new AbortController().signal;
const frame = (payload: Buffer): Buffer => Buffer.from(`${payload.toString()}\n`);

/** A peer of one kind; `present` is whether the path is of that kind at the moment. */
class Peer implements Transport<Buffer> {
  readonly batchSize: number;
  readonly received: string[] = [];
  readonly close = vi.fn<() => void>();
  readonly retried = 2;
  readonly unconfirmed = 1;
  readonly pending = 3;
  onPending: (() => void) | undefined;
  tries = 0;
  present: boolean;

  constructor(present: boolean, batchSize: number) {
    this.present = present;
    this.batchSize = batchSize;
  }

  async deliver(payloads: readonly Buffer[]): Promise<void> {
    this.tries++;
    if (!this.present)
      throw new SendFailure('not connected', {
        cause: Object.assign(new Error('no'), { code: 'EPROTOTYPE' }),
      });
    this.received.push(...payloads.map(String));
    return Promise.resolve();
  }

  deliverSync(payloads: readonly Buffer[]): number {
    this.received.push(...payloads.map(String));
    return payloads.length;
  }
}

function peers(present: 'dgram' | 'stream'): { datagram: Peer; stream: Peer; transport: UnixTransport } {
  const datagram = new Peer(present === 'dgram', 10);
  const stream = new Peer(present === 'stream', 20);
  return { datagram, stream, transport: new UnixTransport({ datagram, stream, frame }) };
}

describe('UnixTransport', () => {
  it('sends datagrams without frames where there is a datagram socket', async () => {
    const { datagram, stream, transport } = peers('dgram');

    await transport.deliver([Buffer.from('a')], live());

    expect([transport.kind, datagram.received, stream.tries]).toEqual(['dgram', ['a'], 0]);
  });

  it('finds a stream, and does not try datagrams again', async () => {
    const { datagram, stream, transport } = peers('stream');
    expect(transport.kind).toBeUndefined();

    await transport.deliver([Buffer.from('a')], live());
    await transport.deliver([Buffer.from('b')], live());

    expect([transport.kind, stream.received, datagram.tries]).toEqual(['stream', ['a\n', 'b\n'], 1]);
  });

  it('follows a daemon that comes back with a socket of the other kind', async () => {
    const { datagram, stream, transport } = peers('stream');
    await transport.deliver([Buffer.from('a')], live());
    [datagram.present, stream.present] = [true, false];

    await transport.deliver([Buffer.from('b')], live());

    expect([transport.kind, datagram.received]).toEqual(['dgram', ['b']]);
  });

  it('fails with what the peer says in all other cases', async () => {
    const { datagram, transport } = peers('dgram');
    datagram.deliver = async () => Promise.reject(new Error('away'));

    await expect(transport.deliver([Buffer.from('a')], live())).rejects.toThrow('away');
    expect(transport.kind).toBeUndefined();
  });

  it('uses a stream where there can be no datagrams, and tells why there is none when the path is one', async () => {
    const stream = new Peer(true, 20);
    const whyNoDatagram = new Error('run `npm install koffi`');
    const transport = new UnixTransport({ datagram: undefined, whyNoDatagram, stream, frame });
    await transport.deliver([Buffer.from('a')], live());
    stream.present = false;

    await expect(transport.deliver([Buffer.from('b')], live())).rejects.toMatchObject({
      message: 'the path is a datagram socket',
      cause: whyNoDatagram,
    });
    expect(stream.received).toEqual(['a\n']);
  });

  it('hands over at the end of the process by the kind it has found', async () => {
    const { datagram, stream, transport } = peers('dgram');
    await transport.deliver([Buffer.from('a')], live());

    expect(transport.deliverSync([Buffer.from('b')], true)).toBe(1);
    expect([datagram.received, stream.received]).toEqual([['a', 'b'], []]);
  });

  it('tries datagrams at the end of a process that has delivered nothing yet', () => {
    const { datagram, transport } = peers('dgram');

    expect(transport.deliverSync([Buffer.from('a')], true)).toBe(1);
    expect(datagram.received).toEqual(['a']);
  });

  it('speaks for the stream, of which the outbox may have to wait', async () => {
    const { datagram, stream, transport } = peers('stream');
    const listener = (): void => {};
    transport.onPending = listener;
    await transport.close();

    expect([transport.batchSize, transport.connected]).toEqual([10, false]);
    expect([transport.pending, transport.retried, transport.unconfirmed]).toEqual([3, 2, 1]);
    expect([stream.onPending, transport.onPending]).toEqual([listener, listener]);
    expect([datagram.close.mock.calls.length, stream.close.mock.calls.length]).toEqual([1, 1]);
  });
});
