/** Sends each record, with all its attributes, over a TCP, TLS or Unix connection. */
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { describeHandler } from '../core/class-descriptions';
import { formatException } from '../core/exception-text';
import type { LogRecord } from '../core/log-record';
import { ConfigurationError } from '../errors';
import { lazy } from '../internal/lazy';
import { boolean, number, readOptions, readValues, type Settings, type SpecOf } from '../internal/options';
import type { StreamTransport } from '../outbox/stream-transport';
import type { Transport } from '../outbox/transport';
import { OutboxHandler, OUTBOX_HANDLER_SPEC, type OutboxHandlerOptions } from './outbox.handler';
import {
  addressText,
  ADDRESS_ARGUMENTS,
  HMAC_KEY,
  SERIALIZER,
  TLS,
  type RecordSerializer,
  type SocketAddress,
} from './socket-options';

const loadNet = lazy(() => require('node:net') as typeof import('node:net'));
const loadTls = lazy(() => require('node:tls') as typeof import('node:tls'));
const loadSerializer = lazy(() => require('./pickle/serializer') as typeof import('./pickle/serializer'));
const loadTransport = lazy(
  () => require('../outbox/stream-transport') as typeof import('../outbox/stream-transport'),
);

export interface SocketHandlerOptions extends OutboxHandlerOptions {
  /** Time limit for connecting and for a peer that reads nothing, in seconds. @defaultValue 1 */
  readonly timeout?: number;
  /** Format of a sent record: `pickle`, `json`, or a function that returns the bytes. @defaultValue 'pickle' */
  readonly serializer?: RecordSerializer;
  /**
   * Use TLS: true, or options of `tls.connect`, such as `ca` for your own certificate authority, `cert` and `key` for a
   * client certificate, and `servername`. The peer's certificate is verified by default.
   * @defaultValue false
   */
  readonly tls?: boolean | ConnectionOptions;
  /** Key that signs each frame: 32 bytes of HMAC-SHA256 before the pickle. @defaultValue no signature */
  readonly hmacKey?: string | Uint8Array;
  /** Open a new connection after a record that could not be pickled. @defaultValue false */
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

/** Returns the settings that depend on several options. @throws ConfigurationError for options that exclude each other */
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
  const serialize = loadSerializer().serializerOf(owner, settings);
  if (tls === false) return { serialize, tls: undefined };
  return { serialize, tls: tls === true ? {} : tls };
}

/**
 * Ports logging.handlers.SocketHandler (CPython 3.14). Python's receivers can read the sent records, for example the server
 * of the logging cookbook. The page on handlers says how the values in `extra` are sent. Undefined values and a missing
 * `taskName` are not sent.
 *
 * Differs:
 * - A log call never connects, waits or blocks. Records wait in a bounded queue while the peer is down. CPython blocks for
 *   up to a second and drops the records of the time between two attempts.
 * - When a connection breaks, the records that may be lost are sent again, once. CPython loses two records.
 * - A pickle never refers to code: a Date, an Error or bytes in `extra` are sent as text.
 * - If a field of `extra` has the name of a record attribute, it is sent as `extra.NAME`.
 * - If a record cannot be pickled, the error is reported, even with `closeOnError`. CPython then reports nothing.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` for an invalid address, time, serializer or key.
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
  #transport: StreamTransport | undefined;

  constructor(host: string, port: number | null, options: SocketHandlerOptions = {}) {
    const owner = new.target.name;
    const read = readOptions(SOCKET_SPEC, options, new.target);
    const settings = { ...read, ...readValues(ADDRESS_ARGUMENTS, { host, port }, new.target) };
    const { serialize, tls } = connectionOf(owner, settings);
    super(options);
    loadTransport();
    this.address = { host, port };
    this.host = host;
    this.port = port;
    this.timeout = settings.timeout;
    this.closeOnError = settings.closeOnError;
    this.#serialize = serialize;
    this.#tls = tls;
  }

  /**
   * Returns the bytes to send for a record. May be overridden. Sets `excText` on the record, as in Python.
   */
  makePickle(record: LogRecord): Buffer {
    const error = record.excInfo;
    if (error !== undefined && error !== null && !record.excText) {
      this.format(record);
      // A JSON formatter does not set `excText`.
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
    this.#transport = new (loadTransport().StreamTransport)({
      connect: () => this.#connect(),
      timeoutMs: this.timeout * 1000,
    });
    return this.#transport;
  }

  #connect(): Socket {
    const { host, port } = this.address;
    const { connect, isIP } = loadNet();
    if (port === null) return connect({ path: host });
    if (this.#tls === undefined) return connect({ host, port });
    // SNI needs a host name, not an IP address.
    const servername = isIP(host) === 0 ? { servername: host } : {};
    return loadTls().connect({ ...servername, ...this.#tls, host, port });
  }
}

describeHandler(SocketHandler, SOCKET_SPEC, { arguments: ADDRESS_ARGUMENTS, together: connectionOf });
