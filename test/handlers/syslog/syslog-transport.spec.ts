import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { SyslogDestination } from '../../../lib/handlers/syslog/destination';
import { syslogTransport, UnixTransport } from '../../../lib/handlers/syslog/syslog-transport';
import { StreamTransport } from '../../../lib/outbox/stream-transport';
import { SendFailure, type Transport } from '../../../lib/outbox/transport';
import { UdpTransport } from '../../../lib/outbox/udp-transport';
import { UnixDatagramTransport } from '../../../lib/outbox/unix-datagram-transport';
import { unixStreamServer } from '../../support/byte-servers';
import { startTcpPeer } from '../../support/tcp-peer';
import { tempDir } from '../../support/temp-dir';
import { until } from '../../support/until';

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
  it('sends datagrams without framing to a datagram socket', async () => {
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

  it('follows a daemon that restarts with a socket of the other kind', async () => {
    const { datagram, stream, transport } = peers('stream');
    await transport.deliver([Buffer.from('a')], live());
    [datagram.present, stream.present] = [true, false];

    await transport.deliver([Buffer.from('b')], live());

    expect([transport.kind, datagram.received]).toEqual(['dgram', ['b']]);
  });

  it("fails with the peer's error in all other cases", async () => {
    const { datagram, transport } = peers('dgram');
    datagram.deliver = async () => Promise.reject(new Error('away'));

    await expect(transport.deliver([Buffer.from('a')], live())).rejects.toThrow('away');
    expect(transport.kind).toBeUndefined();
  });

  it('uses a stream if datagrams are not supported, and gives the reason for a datagram socket', async () => {
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

  it('sends at the end of the process with the known kind', async () => {
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

  it('has the state of the stream', async () => {
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

function transportTo(destination: SyslogDestination): Transport<Buffer> {
  const transport = syslogTransport(destination, {
    owner: 'SysLogHandler',
    timeoutMs: 5000,
    tls: undefined,
    frame: (payload) => Buffer.concat([payload, Buffer.from('\n')]),
  });
  onTestFinished(async () => transport.close());
  return transport;
}

describe('syslogTransport', () => {
  it('delivers datagrams over UDP, and streams over TCP and TLS', () => {
    const at = { host: 'localhost', port: 514 };

    expect(transportTo({ kind: 'udp', ...at })).toBeInstanceOf(UdpTransport);
    expect(transportTo({ kind: 'tcp', ...at })).toBeInstanceOf(StreamTransport);
    expect(transportTo({ kind: 'tls', ...at })).toBeInstanceOf(StreamTransport);
  });

  it('connects to the host and port', async () => {
    const peer = await startTcpPeer();
    const transport = transportTo({ kind: 'tcp', host: '127.0.0.1', port: peer.port });

    await transport.deliver([Buffer.from('a')], live());

    await until(() => peer.text === 'a');
  });

  it('detects the kind of a Unix socket', async () => {
    const path = join(tempDir(), 'log');
    const server = await unixStreamServer(path);
    const transport = transportTo({ kind: 'unix', path, socktype: undefined });

    await transport.deliver([Buffer.from('a')], live());

    expect(transport).toBeInstanceOf(UnixTransport);
    await until(() => server.bytes.toString() === 'a\n');
  });

  it.runIf(process.platform === 'linux')('uses the configured kind of a Unix socket', () => {
    const unix = { kind: 'unix', path: '/dev/log' } as const;

    expect(transportTo({ ...unix, socktype: 'stream' })).toBeInstanceOf(StreamTransport);
    expect(transportTo({ ...unix, socktype: 'dgram' })).toBeInstanceOf(UnixDatagramTransport);
  });
});
