/** Makes the transport for a destination: UDP, TCP, TLS or a Unix socket. */
import { connect as connectNet, isIP } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type SecureContext } from 'node:tls';
import { ConfigurationError } from '../../errors';
import { errorCode } from '../../internal/error-code';
import { StreamTransport } from '../../outbox/stream-transport';
import { SendFailure, type Transport } from '../../outbox/transport';
import { UdpTransport } from '../../outbox/udp-transport';
import { loadLibc, UnixDatagram } from '../../outbox/unix-datagram';
import { UnixDatagramTransport } from '../../outbox/unix-datagram-transport';
import type { SyslogDestination } from './destination';
import { cutMessage } from './syslog-message';

export interface UnixTransportOptions {
  /** Undefined if this machine does not support it. `whyNoDatagram` is the reason. */
  readonly datagram: Transport<Buffer> | undefined;
  readonly whyNoDatagram?: unknown;
  readonly stream: Transport<Buffer>;
  /** Returns the bytes of a payload on the stream. */
  readonly frame: (payload: Buffer) => Buffer;
}

/** Whether the socket at the path is of the other kind. */
function isWrongKind(error: unknown): boolean {
  return errorCode(error) === 'EPROTOTYPE' || (error instanceof SendFailure && isWrongKind(error.cause));
}

/**
 * Delivers to the socket at a path, datagram or stream. Tries the kind that worked last, or datagrams first as in
 * Python.
 */
export class UnixTransport implements Transport<Buffer> {
  readonly batchSize: number;
  readonly #options: UnixTransportOptions;
  #kind: 'dgram' | 'stream' | undefined;

  constructor(options: UnixTransportOptions) {
    const { datagram, stream } = options;
    this.#options = options;
    this.batchSize = Math.min(stream.batchSize, datagram?.batchSize ?? stream.batchSize);
  }

  /** The kind of the socket. Undefined before the first delivery. */
  get kind(): 'dgram' | 'stream' | undefined {
    return this.#kind;
  }

  get connected(): boolean {
    const { datagram, stream } = this.#options;
    return datagram?.connected === true || stream.connected === true;
  }

  get pending(): number {
    return this.#options.stream.pending ?? 0;
  }

  get retried(): number {
    return this.#options.stream.retried ?? 0;
  }

  get unconfirmed(): number {
    return this.#options.stream.unconfirmed ?? 0;
  }

  get onPending(): (() => void) | undefined {
    return this.#options.stream.onPending;
  }
  set onPending(listener: (() => void) | undefined) {
    this.#options.stream.onPending = listener;
  }

  async deliver(payloads: readonly Buffer[], signal: AbortSignal): Promise<void> {
    const first = this.#kind ?? (this.#options.datagram === undefined ? 'stream' : 'dgram');
    try {
      await this.#deliverBy(first, payloads, signal);
    } catch (error) {
      if (!isWrongKind(error)) throw error;
      // Nothing was delivered, since connecting to the wrong kind of socket fails.
      await this.#deliverBy(first === 'dgram' ? 'stream' : 'dgram', payloads, signal);
    }
  }

  deliverSync(payloads: readonly Buffer[], isLast: boolean): number {
    const { datagram, stream, frame } = this.#options;
    if (this.#kind === 'stream') return stream.deliverSync?.(payloads.map(frame), isLast) ?? 0;
    return datagram?.deliverSync?.(payloads, isLast) ?? 0;
  }

  async close(): Promise<void> {
    await this.#options.datagram?.close();
    await this.#options.stream.close();
  }

  async #deliverBy(
    kind: 'dgram' | 'stream',
    payloads: readonly Buffer[],
    signal: AbortSignal,
  ): Promise<void> {
    const { datagram, stream, frame, whyNoDatagram } = this.#options;
    if (kind === 'stream') await stream.deliver(payloads.map(frame), signal);
    else if (datagram !== undefined) await datagram.deliver(payloads, signal);
    else throw new SendFailure('the path is a datagram socket', { cause: whyNoDatagram });
    this.#kind = kind;
  }
}

export interface SyslogTransportOptions {
  /** The class that is named in errors. */
  readonly owner: string;
  readonly timeoutMs: number;
  readonly tls: (ConnectionOptions & { readonly secureContext: SecureContext }) | undefined;
  /** Used for a path whose kind is not known before the connection. */
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
  // SNI needs a host name, not an IP address.
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
      `${owner}: Unix datagram sockets work on Linux only; use [host, port] and UDP.`,
    );
    return new UnixTransport({ datagram: undefined, whyNoDatagram, stream, frame });
  }
  try {
    return new UnixTransport({ datagram: datagram(), stream, frame });
  } catch (error) {
    // Without koffi, the socket at the path may still be a stream.
    return new UnixTransport({ datagram: undefined, whyNoDatagram: error, stream, frame });
  }
}
