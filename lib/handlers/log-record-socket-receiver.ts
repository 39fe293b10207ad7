/** A server that receives the records of other processes, including Python processes. */
import type { Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, statSync } from 'node:fs';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { diagnostics } from '../core/diagnostics';
import type { LogRecord } from '../core/log-record';
import { contextStorage } from '../core/record-context';
import { defaultManager, type Manager } from '../core/manager';
import { UnpicklingError } from '../errors';
import { lazy } from '../internal/lazy';
import {
  callback,
  having,
  integer,
  number,
  object,
  otherwise,
  declareOptions,
  readOptions,
  text,
  type Settings,
  type SpecOf,
} from '../internal/options';
import type { ReceiverConnection } from './receiver/receiver-connection';
import { addressText, HMAC_KEY } from './socket-options';

const loadDgram = lazy(() => require('node:dgram') as typeof import('node:dgram'));
const loadNet = lazy(() => require('node:net') as typeof import('node:net'));
const loadTls = lazy(() => require('node:tls') as typeof import('node:tls'));
const loadFrame = lazy(() => require('./pickle/frame') as typeof import('./pickle/frame'));
const loadConnection = lazy(
  () => require('./receiver/receiver-connection') as typeof import('./receiver/receiver-connection'),
);
const loadRecord = lazy(
  () => require('./receiver/received-record') as typeof import('./receiver/received-record'),
);

export interface LogRecordSocketReceiverOptions {
  /**
   * Address to listen on. If other machines can reach it, use `hmacKey` or `tls`, since everybody can write to your logs.
   * @defaultValue '127.0.0.1'
   */
  readonly host?: string;
  /** TCP port. 0 chooses a free one. @defaultValue 9020, unless `udpPort` or `path` is given */
  readonly port?: number;
  /** UDP port. 0 chooses a free one. Python's is 9021. @defaultValue no UDP */
  readonly udpPort?: number;
  /**
   * Path of a Unix stream socket. It must not exist. It is created with mode 0o660 (owner and group), or 0o600 if the umask
   * excludes the group.
   * @defaultValue none
   */
  readonly path?: string;
  /** Certificate, key and other options of `tls.createServer`, for TCP. @defaultValue no TLS */
  readonly tls?: TlsOptions;
  /** Largest frame, in bytes. A connection that announces a larger one is closed. @defaultValue 1048576 */
  readonly maxFrameBytes?: number;
  /** Most open connections to each address. Further ones are closed at once. @defaultValue 100 */
  readonly maxConnections?: number;
  /**
   * A connection is closed after this many seconds without a byte. 0 means no limit. Within a frame, and before the first
   * frame, it is closed after 30 seconds with less than 1 KiB. Python's SocketHandler loses two records when its connection
   * is closed.
   * @defaultValue 3600
   */
  readonly idleTimeout?: number;
  /**
   * Refuse frames without a signature of this key: 32 bytes of HMAC-SHA256 before the pickle. A connection is closed at the
   * first refused frame, and when it has sent no signed frame in its first 5 seconds.
   */
  readonly hmacKey?: string | Uint8Array;
  /** The logger tree that gets the records. @defaultValue the one of `getLogger` */
  readonly manager?: Manager;
  /** Called with each record. The loggers then do not get it. */
  readonly onRecord?: (record: LogRecord) => void;
}

/** Longest delay of Node's timers, 2^31 - 1 ms, in seconds. */
const MOST_SECONDS = 2_147_483;

export const RECEIVER_SPEC = {
  host: text('127.0.0.1'),
  port: otherwise(integer(0), '9020, unless `udpPort` or `path` is given'),
  udpPort: integer(0),
  path: text(),
  tls: object<TlsOptions>('the options of tls.createServer'),
  maxFrameBytes: integer(1, 1024 * 1024),
  maxConnections: integer(1, 100),
  idleTimeout: number(0, 3600, MOST_SECONDS),
  hmacKey: HMAC_KEY,
  manager: having<Manager>('getLogger', 'a Manager', { otherwise: 'the one of `getLogger`' }),
  onRecord: callback<(record: LogRecord) => void>(),
} satisfies SpecOf<LogRecordSocketReceiverOptions>;

/** Counts of a receiver. */
export interface ReceiverStats {
  /** Records that were received and could be read. */
  readonly received: number;
  /** Refused frames, datagrams and connections. */
  readonly refused: number;
  /** Open connections. */
  readonly connections: number;
}

/** As in Python: DEFAULT_TCP_LOGGING_PORT. */
const TCP_PORT = 9020;
/** With `hmacKey`, a connection must send a signed frame within this many ms. */
const PROOF_TIMEOUT_MS = 5000;

/**
 * The server of Python's logging cookbook. It receives records from SocketHandler and DatagramHandler, Python's and ours,
 * and passes them to the loggers with the same names. The levels of the loggers are ignored.
 *
 * Differs:
 * - A pickle is read as plain data. A pickle that names, calls or builds an object is refused. The cookbook's server runs any
 *   code of the sender. Bytes, sets, dates and times are data, and the page on handlers says how they are converted.
 * - There are limits for frames, connections, silence and the number of created loggers. Refused data is counted in
 *   `stats()` and reported on stderr once in ten seconds.
 * - A frame that begins with `{` is read as JSON, as written by `serializer: 'json'` and `json.dumps`.
 *
 * It keeps the process alive until `close()`. Do not send the received records to a SocketHandler that is connected to the
 * same receiver.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` for an invalid number or an empty key.
 * @example
 * const receiver = new LogRecordSocketReceiver({ port: 9020 });
 * await receiver.start();
 */
export class LogRecordSocketReceiver {
  readonly host: string;
  readonly #options: Settings<typeof RECEIVER_SPEC>;
  readonly #maxFrameBytes: number;
  readonly #maxConnections: number;
  readonly #idleTimeoutMs: number;
  readonly #onRecord: (record: LogRecord) => void;
  readonly #connections = new Set<ReceiverConnection>();
  #servers: Server[] = [];
  #udp: UdpSocket | undefined;
  #received = 0;
  #refused = 0;

  constructor(options: LogRecordSocketReceiverOptions = {}) {
    const settings = readOptions(RECEIVER_SPEC, options, new.target);
    this.#options = settings;
    this.host = settings.host;
    this.#maxFrameBytes = settings.maxFrameBytes;
    this.#maxConnections = settings.maxConnections;
    this.#idleTimeoutMs = 1000 * settings.idleTimeout;
    const dispatch = new (loadRecord().RecordDispatch)(settings.manager ?? defaultManager);
    this.#onRecord = settings.onRecord ?? ((record) => dispatch.dispatch(record));
  }

  /** The TCP port. Undefined before `start()` and without TCP. */
  get port(): number | undefined {
    return this.#servers.map((server) => portOf(server.address())).find((port) => port !== undefined);
  }

  /** The UDP port. Undefined before `start()` and without UDP. */
  get udpPort(): number | undefined {
    return this.#udp?.address().port;
  }

  stats(): ReceiverStats {
    return { received: this.#received, refused: this.#refused, connections: this.#connections.size };
  }

  /** Resolves when the receiver listens on all addresses. If one fails, it closes all and rejects. */
  async start(): Promise<void> {
    if (this.#servers.length > 0 || this.#udp !== undefined) return;
    // Received records belong to no scope, even if `start` is called in one.
    await contextStorage.run(undefined, async () => this.#start());
  }

  async #start(): Promise<void> {
    const { port, udpPort, path } = this.#options;
    try {
      if (port !== undefined || (udpPort === undefined && path === undefined))
        await this.#listen({ host: this.host, port: port ?? TCP_PORT });
      if (path !== undefined) await this.#listen({ path });
      if (udpPort !== undefined) await this.#bind(udpPort);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Closes all connections and resolves when all sockets are closed. Complete frames have been delivered by then. */
  async close(): Promise<void> {
    const servers = this.#servers.splice(0);
    const udp = this.#udp;
    this.#udp = undefined;
    for (const connection of this.#connections) connection.destroy();
    const closed = servers.map((server) => new Promise<void>((done) => void server.close(() => done())));
    if (udp !== undefined) closed.push(new Promise((done) => void udp.close(done)));
    await Promise.all(closed);
  }

  async #listen(
    address: { readonly host: string; readonly port: number } | { readonly path: string },
  ): Promise<void> {
    const { tls } = this.#options;
    const { FRAME_TIMEOUT_MS } = loadConnection();
    const onConnection = (socket: Socket): void => this.#onConnection(socket);
    const server =
      tls === undefined || 'path' in address
        ? loadNet().createServer(onConnection)
        : // Node's default is two minutes, which is too long for a peer that may be unknown.
          loadTls().createServer(
            { handshakeTimeout: this.#proofTimeoutMs ?? FRAME_TIMEOUT_MS, ...tls },
            onConnection,
          );
    server.on('tlsClientError', (error) => {
      // Not reported if close() has interrupted the handshake.
      if (server.listening) this.#refuse(error);
    });
    server.maxConnections = this.#maxConnections;
    server.on('drop', () => this.#refuse(new Error(`"maxConnections" (${this.#maxConnections}) are open`)));
    this.#servers.push(server);
    server.listen(address);
    await once(server, 'listening');
    if ('path' in address) restrict(address.path);
    server.on('error', (error) => this.#refuse(error));
  }

  async #bind(port: number): Promise<void> {
    const udp = loadDgram().createSocket(loadNet().isIPv6(this.host) ? 'udp6' : 'udp4');
    this.#udp = udp;
    udp.on('message', (datagram) => this.#onDatagram(datagram));
    udp.bind(port, this.host);
    await once(udp, 'listening');
    udp.on('error', (error) => this.#refuse(error));
  }

  #onConnection(socket: Socket): void {
    const connection = new (loadConnection().ReceiverConnection)(socket, {
      maxFrameBytes: this.#maxFrameBytes,
      idleTimeoutMs: this.#idleTimeoutMs,
      proofTimeoutMs: this.#proofTimeoutMs,
      onPayload: (payload) => this.#onPayload(payload),
      onRefused: (error) => this.#refuse(error),
    });
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
  }

  #onDatagram(datagram: Buffer): void {
    const { FRAME_HEADER_BYTES } = loadFrame();
    const payload = datagram.subarray(FRAME_HEADER_BYTES);
    const isFrame =
      datagram.length >= FRAME_HEADER_BYTES &&
      datagram.readUInt32BE(0) === payload.length &&
      payload.length <= this.#maxFrameBytes;
    try {
      if (!isFrame)
        throw new UnpicklingError(`a datagram of ${datagram.length} bytes is not one whole frame`);
      this.#onPayload(payload);
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** @throws UnpicklingError if the signature is wrong. The connection is then closed. */
  #onPayload(payload: Buffer): void {
    const verified = this.#verified(payload);
    let record: LogRecord;
    try {
      record = loadRecord().receivedRecord(verified);
    } catch (error) {
      this.#refuse(error);
      return;
    }
    this.#received++;
    try {
      this.#onRecord(record);
    } catch (error) {
      this.#report('a record was not handed on', error);
    }
  }

  get #proofTimeoutMs(): number | undefined {
    return this.#options.hmacKey === undefined ? undefined : PROOF_TIMEOUT_MS;
  }

  #verified(payload: Buffer): Buffer {
    const { hmacKey } = this.#options;
    if (hmacKey === undefined) return payload;
    const verified = loadFrame().verifiedPayload(payload, hmacKey);
    if (verified === undefined) throw new UnpicklingError('a frame is not signed with "hmacKey"');
    return verified;
  }

  #refuse(error: unknown): void {
    this.#refused++;
    this.#report('a frame was refused', error);
  }

  #address(): string {
    const port = this.port ?? this.udpPort;
    return port === undefined ? (this.#options.path ?? this.host) : addressText({ host: this.host, port });
  }

  #report(what: string, error: unknown): void {
    diagnostics.report({ source: `${this.constructor.name} ${this.#address()}`, what, error });
  }
}

/** Undefined for a Unix socket, which has a path instead of a port. */
function portOf(address: AddressInfo | string | null): number | undefined {
  return typeof address === 'object' && address !== null ? address.port : undefined;
}

/** Node creates a socket with 0o777 less the umask. Changing the umask would affect all threads, so this uses chmod. */
function restrict(path: string): void {
  // A named pipe in Windows, or an abstract socket, has no file.
  if (process.platform === 'win32' || path.startsWith('\0')) return;
  chmodSync(path, (statSync(path).mode & 0o070) === 0 ? 0o600 : 0o660);
}

declareOptions(LogRecordSocketReceiver, RECEIVER_SPEC);
