/** A server for the records of other processes, Python's among them. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, statSync } from 'node:fs';
import { createServer, isIPv6, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { diagnostics } from '../core/diagnostics';
import type { LogRecord } from '../core/log-record';
import { contextStorage } from '../core/record-context';
import { defaultManager, type Manager } from '../core/manager';
import { UnpicklingError } from '../errors';
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
import { addressText } from './socket-address';
import { FRAME_HEADER_BYTES, verifiedPayload } from './pickle/frame';
import { FRAME_TIMEOUT_MS, ReceiverConnection } from './receiver/receiver-connection';
import { receivedRecord, RecordDispatch } from './receiver/received-record';
import { HMAC_KEY } from './pickle/serializer';

export interface LogRecordSocketReceiverOptions {
  /**
   * Address to listen on. Beyond this machine, use `hmacKey` or `tls`: whoever reaches the port writes to your logs.
   * @defaultValue '127.0.0.1'
   */
  readonly host?: string;
  /** TCP port; 0 takes a free one. @defaultValue 9020, unless `udpPort` or `path` is given */
  readonly port?: number;
  /** UDP port; 0 takes a free one. @defaultValue no UDP. Python's is 9021 */
  readonly udpPort?: number;
  /**
   * A Unix stream socket. It must not exist; it is made for its owner and group, 0o660, or for the owner alone where the
   * umask says so.
   * @defaultValue none
   */
  readonly path?: string;
  /** Certificate and key for TCP, and what else `tls.createServer` takes. @defaultValue no TLS */
  readonly tls?: TlsOptions;
  /** Largest frame, in bytes; a connection that claims more is ended. @defaultValue 1048576 */
  readonly maxFrameBytes?: number;
  /** Connections at a time to each address; more are ended at once. @defaultValue 100 */
  readonly maxConnections?: number;
  /**
   * Seconds without a byte after which a connection is ended; 0 for any time. Within a frame, and before the first of a
   * connection, it is 30 seconds with less than 1 KiB. Python's SocketHandler loses two records when its connection is
   * ended.
   * @defaultValue 3600
   */
  readonly idleTimeout?: number;
  /**
   * Refuse frames that are not signed with this key: HMAC-SHA256 of the pickle, 32 bytes in front of it. A connection is
   * ended at the first such frame, and when it brought no signed one in its first 5 seconds.
   */
  readonly hmacKey?: string | Uint8Array;
  /** The tree whose loggers get the records. @defaultValue the one of `getLogger` */
  readonly manager?: Manager;
  /** Gets each record in place of the loggers. */
  readonly onRecord?: (record: LogRecord) => void;
}

/** The longest time that Node's timers measure, 2^31 ms. */
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

/** What a receiver has done so far. */
export interface ReceiverStats {
  /** Records handed on. */
  readonly received: number;
  /** Frames, datagrams and connections that were refused. */
  readonly refused: number;
  /** Connections that are open. */
  readonly connections: number;
}

/** Python's. */
const TCP_PORT = 9020;
/** With `hmacKey`, how long a connection may keep its place without a signed frame. */
const PROOF_TIMEOUT_MS = 5000;

/**
 * The server of Python's logging cookbook: takes what SocketHandler and DatagramHandler send, Python's and ours, makes
 * records of it and gives them to the loggers of their names, whose levels are not compared.
 *
 * Differs:
 * - A pickle is read as plain data. One that names, calls or builds an object is refused, where the cookbook's server
 *   runs what the sender wants; bytes, sets, dates and times are data. The page on handlers says what
 *   they become.
 * - Frames, connections, silence and the loggers that names make are bounded; what is refused is counted in `stats()`
 *   and reported on stderr once in ten seconds.
 * - A frame that begins with `{` is read as JSON, which `serializer: 'json'` and `json.dumps` write.
 *
 * It keeps the process alive until `close()`. A SocketHandler that sends to a receiver must not get the records that come
 * from it.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` for a bad number or an empty key.
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
    const dispatch = new RecordDispatch(settings.manager ?? defaultManager);
    this.#onRecord = settings.onRecord ?? ((record) => dispatch.dispatch(record));
  }

  /** The TCP port that is listened on; undefined before `start()` and without TCP. */
  get port(): number | undefined {
    return this.#servers.map((server) => portOf(server.address())).find((port) => port !== undefined);
  }

  /** The UDP port that is listened on. */
  get udpPort(): number | undefined {
    return this.#udp?.address().port;
  }

  stats(): ReceiverStats {
    return { received: this.#received, refused: this.#refused, connections: this.#connections.size };
  }

  /** Resolves when all addresses are listened on; rejects, and listens on none, when one cannot be. */
  async start(): Promise<void> {
    if (this.#servers.length > 0 || this.#udp !== undefined) return;
    // What it receives belongs to no scope, not even to the one that starts it.
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

  /** Ends all connections and resolves when nothing is listened on; frames that were read whole are delivered. */
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
    const onConnection = (socket: Socket): void => this.#onConnection(socket);
    const server =
      tls === undefined || 'path' in address
        ? createServer(onConnection)
        : // Node's own limit is two minutes, in which a stranger holds a place.
          createTlsServer(
            { handshakeTimeout: this.#proofTimeoutMs ?? FRAME_TIMEOUT_MS, ...tls },
            onConnection,
          );
    server.on('tlsClientError', (error) => {
      // A handshake that close() cut short is nobody's fault.
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
    const udp = createSocket(isIPv6(this.host) ? 'udp6' : 'udp4');
    this.#udp = udp;
    udp.on('message', (datagram) => this.#onDatagram(datagram));
    udp.bind(port, this.host);
    await once(udp, 'listening');
    udp.on('error', (error) => this.#refuse(error));
  }

  #onConnection(socket: Socket): void {
    const connection = new ReceiverConnection(socket, {
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

  /** @throws UnpicklingError when the signature is wrong: whoever sent it is a stranger. */
  #onPayload(payload: Buffer): void {
    const verified = this.#verified(payload);
    let record: LogRecord;
    try {
      record = receivedRecord(verified);
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
    const verified = verifiedPayload(payload, hmacKey);
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

/** A Unix socket has a path in place of a port. */
function portOf(address: AddressInfo | string | null): number | undefined {
  return typeof address === 'object' && address !== null ? address.port : undefined;
}

/** Node makes a socket with 0o777 less the umask, and the umask is that of all threads: it is not changed for a moment. */
function restrict(path: string): void {
  // A named pipe of Windows, or a name that is in no file system.
  if (process.platform === 'win32' || path.startsWith('\0')) return;
  chmodSync(path, (statSync(path).mode & 0o070) === 0 ? 0o600 : 0o660);
}

declareOptions(LogRecordSocketReceiver, RECEIVER_SPEC);
