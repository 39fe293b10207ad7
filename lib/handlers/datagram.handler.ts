/** Sends each record, with all its attributes, as one datagram. */
import { describeHandler } from '../core/class-descriptions';
import type { LogRecord } from '../core/log-record';
import { ConfigurationError, DeliveryError } from '../errors';
import { lazy } from '../internal/lazy';
import { readOptions, readValues, type Settings, type SpecOf } from '../internal/options';
import type { Transport } from '../outbox/transport';
import type { UnixDatagram } from '../outbox/unix-datagram';
import { OUTBOX_HANDLER_SPEC, type OutboxHandlerOptions } from './outbox.handler';
import { ADDRESS_ARGUMENTS, HMAC_KEY, SERIALIZER, type RecordSerializer } from './socket-options';
import { SocketHandler } from './socket.handler';

const loadUdp = lazy(() => require('../outbox/udp-transport') as typeof import('../outbox/udp-transport'));
const loadUnix = lazy(() => require('../outbox/unix-datagram') as typeof import('../outbox/unix-datagram'));
const loadUnixTransport = lazy(
  () => require('../outbox/unix-datagram-transport') as typeof import('../outbox/unix-datagram-transport'),
);
const loadSerializer = lazy(() => require('./pickle/serializer') as typeof import('./pickle/serializer'));

export interface DatagramHandlerOptions extends OutboxHandlerOptions {
  /** Format of a sent record: `pickle`, `json`, or a function that returns the bytes. @defaultValue 'pickle' */
  readonly serializer?: RecordSerializer;
  /** Key that signs each frame: 32 bytes of HMAC-SHA256 before the pickle. @defaultValue no signature */
  readonly hmacKey?: string | Uint8Array;
}

const DATAGRAM_SPEC = {
  ...OUTBOX_HANDLER_SPEC,
  serializer: SERIALIZER,
  hmacKey: HMAC_KEY,
} satisfies SpecOf<DatagramHandlerOptions>;

/** A receiver on a Unix socket counts as down if it reads nothing for this many ms, as with Python's timeout. */
const UNIX_TIMEOUT_MS = 1000;
/** Largest payload of UDP over IPv4: 65 535 bytes less the headers of IP (20) and UDP (8). */
const UDP_BYTES = 65_507;

/**
 * Ports logging.handlers.DatagramHandler (CPython 3.14). A datagram contains the same bytes that SocketHandler sends,
 * including the length. UDP does not report whether a datagram arrived. With port null, `host` is the path of a Unix
 * datagram socket, which needs Linux and the package koffi.
 *
 * Differs:
 * - IPv6 works. CPython supports IPv4 only (gh-59060).
 * - If the host reports that the port is closed, delivery is tried again later. Meanwhile records wait in a bounded queue.
 *
 * As in CPython, a record that is too large for a datagram goes to `handleError`.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` for an invalid address, serializer or key.
 * @example
 * logger.addHandler(new DatagramHandler('logs.example', 9021));
 */
export class DatagramHandler extends SocketHandler {
  readonly #unix: UnixDatagram | undefined;

  constructor(host: string, port: number | null, options: DatagramHandlerOptions = {}) {
    const owner = new.target.name;
    const read = readOptions(DATAGRAM_SPEC, options, new.target);
    const unix = unixSocket(owner, { ...read, ...readValues(ADDRESS_ARGUMENTS, { host, port }, new.target) });
    super(host, port, options);
    if (unix === undefined) loadUdp();
    else loadUnixTransport();
    this.#unix = unix;
  }

  protected override payloadOf(record: LogRecord): Buffer {
    const payload = super.payloadOf(record);
    const most = this.#unix?.maxBytes ?? UDP_BYTES;
    if (payload.length <= most) return payload;
    throw new DeliveryError(`the record takes ${payload.length} bytes, a datagram ${most} at most`);
  }

  protected override createTransport(): Transport<Buffer> {
    const { host, port } = this.address;
    if (this.#unix === undefined || port !== null)
      return new (loadUdp().UdpTransport)({ host, port: port ?? 0 });
    return new (loadUnixTransport().UnixDatagramTransport)({
      socket: this.#unix,
      timeoutMs: UNIX_TIMEOUT_MS,
      // Part of a frame is useless, so it is not cut. The kernel refuses it, and this is reported.
      fit: (payload) => payload,
    });
  }
}

/**
 * Returns the Unix socket, which is not opened yet. Undefined with a port.
 *
 * @throws ConfigurationError without Linux or koffi, for a path that is too long, and for options that exclude each other.
 */
function unixSocket(
  owner: string,
  settings: Settings<typeof DATAGRAM_SPEC & typeof ADDRESS_ARGUMENTS>,
): UnixDatagram | undefined {
  loadSerializer().serializerOf(owner, settings);
  const { host: path, port } = settings;
  if (port !== null) return undefined;
  if (process.platform !== 'linux') {
    throw new ConfigurationError(
      `${owner}: Unix datagram sockets are reached on Linux only; use a host and port, or SocketHandler with port null.`,
    );
  }
  const { loadLibc, MAX_SOCKET_PATH_BYTES, UnixDatagram } = loadUnix();
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
    throw new ConfigurationError(
      `${owner}: a socket's path has ${MAX_SOCKET_PATH_BYTES} bytes at most, "${path}" has more.`,
    );
  }
  return new UnixDatagram(path, loadLibc(owner));
}

describeHandler(DatagramHandler, DATAGRAM_SPEC, { arguments: ADDRESS_ARGUMENTS, together: unixSocket });
