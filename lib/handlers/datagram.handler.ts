/** Sends each record, whole, as one datagram. */
import type { LogRecord } from '../core/log-record';
import { ConfigurationError, DeliveryError } from '../errors';
import type { Transport } from '../internal/outbox/transport';
import { UdpTransport } from '../internal/outbox/udp-transport';
import type { OutboxHandlerOptions } from './outbox.handler';
import type { RecordSerializer } from './socket/serializer';
import { SocketHandler } from './socket.handler';

export interface DatagramHandlerOptions extends OutboxHandlerOptions {
  /** What is sent for a record: `pickle`, `json`, or a function that returns the bytes. @defaultValue 'pickle' */
  readonly serializer?: RecordSerializer;
  /** Sign each frame with this key: HMAC-SHA256 of the pickle, 32 bytes in front of it. @defaultValue no signature */
  readonly hmacKey?: string | Uint8Array;
}

/** What UDP over IPv4 carries: 65 535 less the headers of IP (20) and UDP (8). */
const UDP_BYTES = 65_507;

/**
 * Ports logging.handlers.DatagramHandler (CPython 3.14). A datagram is what SocketHandler would send, its length in front
 * included. Nobody says whether one arrived.
 *
 * Differs:
 * - IPv6 works; CPython's is IPv4 only (gh-59060).
 * - A peer whose host says that nobody listens is tried again later; records wait meanwhile, in a bounded queue.
 *
 * As in CPython, a record that is too large for a datagram goes to `handleError`.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` for a bad address, serializer or key.
 * @example
 * logger.addHandler(new DatagramHandler('logs.example', 9021));
 */
export class DatagramHandler extends SocketHandler {
  constructor(host: string, port: number | null, options: DatagramHandlerOptions = {}) {
    for (const name of ['tls', 'timeout'] as const) {
      if (name in options)
        throw new ConfigurationError(
          `${new.target.name}: "${name}" is for connections; a datagram has none.`,
        );
    }
    if (port === null)
      throw new ConfigurationError(
        `${new.target.name}: "port" must not be null: Unix datagrams are not supported.`,
      );
    super(host, port, options);
  }

  protected override payloadOf(record: LogRecord): Buffer {
    const payload = super.payloadOf(record);
    if (payload.length <= UDP_BYTES) return payload;
    throw new DeliveryError(`the record takes ${payload.length} bytes, a datagram ${UDP_BYTES} at most`);
  }

  protected override createTransport(): Transport<Buffer> {
    const { host, port } = this.address;
    return new UdpTransport({ host, port: port ?? 0 });
  }
}
