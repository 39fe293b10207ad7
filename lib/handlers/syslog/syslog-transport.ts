/** The transport to a destination. */
import { connect as connectNet, isIP } from 'node:net';
import { connect as connectTls, type SecureContext, type ConnectionOptions } from 'node:tls';
import { ConfigurationError } from '../../errors';
import { StreamTransport } from '../../outbox/stream-transport';
import type { Transport } from '../../outbox/transport';
import { UdpTransport } from '../../outbox/udp-transport';
import { loadLibc } from '../../outbox/libc';
import { UnixDatagram } from '../../outbox/unix-datagram';
import { UnixDatagramTransport } from '../../outbox/unix-datagram-transport';
import { cutMessage } from './cut-message';
import type { SyslogDestination } from './destination';
import { UnixTransport } from './unix-transport';

export interface SyslogTransportOptions {
  /** Who it is for, in errors. */
  readonly owner: string;
  readonly timeoutMs: number;
  readonly tls: (ConnectionOptions & { readonly secureContext: SecureContext }) | undefined;
  /** For a path whose kind is not known before it is connected to. */
  readonly frame: (payload: Buffer) => Buffer;
}

export function syslogTransport(
  destination: SyslogDestination,
  options: SyslogTransportOptions,
): Transport<Buffer> {
  const { timeoutMs, tls } = options;
  if (destination.kind === 'udp') return new UdpTransport(destination);
  if (destination.kind === 'unix') return unixTransport(destination, options);
  const { host, port } = destination;
  // An address is no name that a server could choose its certificate by.
  const servername = isIP(host) === 0 ? { servername: host } : {};
  const connect =
    destination.kind === 'tls'
      ? () => connectTls({ ...servername, ...tls, host, port })
      : () => connectNet({ host, port, noDelay: true, keepAlive: true });
  return new StreamTransport({ connect, timeoutMs });
}

function unixTransport(
  { path, socktype }: Extract<SyslogDestination, { kind: 'unix' }>,
  options: SyslogTransportOptions,
): Transport<Buffer> {
  const { owner, timeoutMs, frame } = options;
  const datagram = (): Transport<Buffer> =>
    new UnixDatagramTransport({
      socket: new UnixDatagram(path, loadLibc(owner)),
      timeoutMs,
      fit: cutMessage,
    });
  if (socktype === 'dgram') return datagram();
  const stream = new StreamTransport({ connect: () => connectNet({ path }), timeoutMs });
  if (socktype === 'stream') return stream;
  if (process.platform !== 'linux') {
    const whyNoDatagram = new ConfigurationError(
      `${owner}: Unix datagram sockets are reached on Linux only; use [host, port] and UDP.`,
    );
    return new UnixTransport({ datagram: undefined, whyNoDatagram, stream, frame });
  }
  try {
    return new UnixTransport({ datagram: datagram(), stream, frame });
  } catch (error) {
    // Without koffi the path may still be a stream.
    return new UnixTransport({ datagram: undefined, whyNoDatagram: error, stream, frame });
  }
}
