/** Sends each record, whole, over a TCP, TLS or Unix connection to a receiver that makes a record of it again. */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { describeHandler } from '../core/class-descriptions';
import { formatException } from '../core/exception-text';
import type { LogRecord } from '../core/log-record';
import { ConfigurationError } from '../errors';
import { boolean, number, readOptions, readValues, type Settings, type SpecOf } from '../internal/options';
import { StreamTransport } from '../outbox/stream-transport';
import type { Transport } from '../outbox/transport';
import { OutboxHandler, OUTBOX_HANDLER_SPEC, type OutboxHandlerOptions } from './outbox.handler';
import { addressText, ADDRESS_ARGUMENTS, TLS, type SocketAddress } from './socket-address';
import { serializerOf, HMAC_KEY, SERIALIZER, type RecordSerializer } from './pickle/serializer';

/** A transport that can be told to begin its next delivery on a new connection. */
export class ReopeningTransport extends StreamTransport {
  #reopens = false;

  /** The connection is ended before the next delivery, and a new one made; never during a delivery. */
  reopen(): void {
    this.#reopens = true;
  }

  override async deliver(payloads: readonly Buffer[], signal: AbortSignal): Promise<void> {
    if (this.#reopens) {
      this.#reopens = false;
      await this.close();
    }
    await super.deliver(payloads, signal);
  }
}

export interface SocketHandlerOptions extends OutboxHandlerOptions {
  /** Longest time for connecting, and for a peer that takes nothing, in seconds. @defaultValue 1 */
  readonly timeout?: number;
  /** What is sent for a record: `pickle`, `json`, or a function that returns the bytes. @defaultValue 'pickle' */
  readonly serializer?: RecordSerializer;
  /**
   * Encrypt: true, or what `tls.connect` takes, such as `ca` for an authority of your own, `cert` and `key` for a client
   * certificate, and `servername`. The peer's certificate is verified.
   * @defaultValue false
   */
  readonly tls?: boolean | ConnectionOptions;
  /** Sign each frame with this key: HMAC-SHA256 of the pickle, 32 bytes in front of it. @defaultValue no signature */
  readonly hmacKey?: string | Uint8Array;
  /** Make a new connection after a record that could not be pickled. @defaultValue false */
  readonly closeOnError?: boolean;
}

const SOCKET_SPEC = {
  ...OUTBOX_HANDLER_SPEC,
  timeout: number(0.001, 1),
  serializer: SERIALIZER,
  tls: TLS,
  hmacKey: HMAC_KEY,
  closeOnError: boolean(false),
} satisfies SpecOf<SocketHandlerOptions>;

type SocketSettings = Settings<typeof SOCKET_SPEC & typeof ADDRESS_ARGUMENTS>;

/** What several options decide. @throws ConfigurationError for options that exclude each other */
function connectionOf(
  owner: string,
  settings: SocketSettings,
): {
  readonly serialize: (record: LogRecord) => Buffer;
  readonly tls: ConnectionOptions | undefined;
} {
  const { port, tls } = settings;
  if (tls !== false && port === null)
    throw new ConfigurationError(`${owner}: "tls" needs a port; a Unix socket has no use for it.`);
  const serialize = serializerOf(owner, settings);
  if (tls === false) return { serialize, tls: undefined };
  return { serialize, tls: tls === true ? {} : tls };
}

/**
 * Ports logging.handlers.SocketHandler (CPython 3.14). What it sends is what Python's receivers read, the logging
 * cookbook's for one. The page on handlers says what becomes of the values in `extra`; those that are undefined and a
 * `taskName` that the record does not have are not sent.
 *
 * Differs:
 * - A log call never connects, waits or blocks; records wait in a bounded queue while the peer is down. CPython blocks for
 *   up to a second and drops what is logged meanwhile.
 * - What a connection may have lost when it broke is sent again, once. CPython loses two records.
 * - Nothing in a pickle names code: a Date, an Error or bytes in `extra` are sent as text.
 * - A field of `extra` that bears the name of an attribute is sent as `extra.NAME`.
 * - An error while a record is pickled is reported with `closeOnError` too; CPython then says nothing.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` for a bad address, time, serializer or key.
 * @example
 * logger.addHandler(new SocketHandler('logs.example', 9020));
 */
export class SocketHandler extends OutboxHandler<Buffer> {
  readonly host: string;
  readonly port: number | null;
  /** In seconds. */
  readonly timeout: number;
  closeOnError: boolean;
  protected readonly address: SocketAddress;
  readonly #serialize: (record: LogRecord) => Buffer;
  readonly #tls: ConnectionOptions | undefined;
  #transport: ReopeningTransport | undefined;

  constructor(host: string, port: number | null, options: SocketHandlerOptions = {}) {
    const owner = new.target.name;
    const read = readOptions(SOCKET_SPEC, options, new.target);
    const settings = { ...read, ...readValues(ADDRESS_ARGUMENTS, { host, port }, new.target) };
    const { serialize, tls } = connectionOf(owner, settings);
    super(options);
    this.address = { host, port };
    this.host = host;
    this.port = port;
    this.timeout = settings.timeout;
    this.closeOnError = settings.closeOnError;
    this.#serialize = serialize;
    this.#tls = tls;
  }

  /**
   * The bytes that are sent for a record. Override it to send others.
   * Sets `excText` on the record, as Python does.
   */
  makePickle(record: LogRecord): Buffer {
    const error = record.excInfo;
    if (error !== undefined && error !== null && !record.excText) {
      this.format(record);
      // A formatter of JSON writes the error in its own way and leaves no text.
      if (!record.excText) record.excText = formatException(error);
    }
    return this.#serialize(record);
  }

  override handleError(record: LogRecord, error: unknown): void {
    super.handleError(record, error);
    if (this.closeOnError) this.#transport?.reopen();
  }

  override describe(): string {
    return `${this.constructor.name} ${addressText(this.address)}`;
  }

  protected override payloadOf(record: LogRecord): Buffer {
    return this.makePickle(record);
  }

  protected override sizeOf(payload: Buffer): number {
    return payload.length;
  }

  protected override createTransport(): Transport<Buffer> {
    this.#transport = new ReopeningTransport({
      connect: () => this.#connect(),
      timeoutMs: this.timeout * 1000,
    });
    return this.#transport;
  }

  #connect(): Socket {
    const { host, port } = this.address;
    if (port === null) return connect({ path: host });
    if (this.#tls === undefined) return connect({ host, port });
    // An address is no name that a server could choose its certificate by.
    const servername = isIP(host) === 0 ? { servername: host } : {};
    return connectTls({ ...servername, ...this.#tls, host, port });
  }
}

describeHandler(SocketHandler, SOCKET_SPEC, { arguments: ADDRESS_ARGUMENTS, together: connectionOf });
