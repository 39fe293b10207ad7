/** Delivers over a stream of bytes: TCP, TLS or a Unix stream socket. */
import type { Socket } from 'node:net';
import { StreamConnection } from './stream-connection';
import { SendFailure, type Transport } from './transport';

/** Whole payloads that were written together. */
export interface SentChunk {
  readonly bytes: Buffer;
  /** Payloads in it. */
  readonly count: number;
  /** When the kernel accepted it, in ms of the monotonic clock. */
  readonly at: number;
  /** Whether it was sent before, on a connection that broke. */
  readonly again: boolean;
}

/**
 * The chunks written last. They may be lost when the connection breaks. Keeps at most `maxBytes`: the oldest chunks are
 * removed first, the newest is always kept.
 */
export class SentWindow {
  readonly #maxBytes: number;
  #chunks: SentChunk[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(chunk: SentChunk): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.bytes.length;
    let first = 0;
    while (this.#bytes > this.#maxBytes && first < this.#chunks.length - 1) {
      this.#bytes -= this.#chunks[first++]?.bytes.length ?? 0;
    }
    // There are only few chunks: each has up to 64 KiB.
    if (first > 0) this.#chunks.splice(0, first);
  }

  /** Removes all chunks, and returns those written at or after `time`, oldest first. */
  takeSince(time: number): SentChunk[] {
    const chunks = this.#chunks.filter((chunk) => chunk.at >= time);
    this.#chunks = [];
    this.#bytes = 0;
    return chunks;
  }
}

/** Most bytes of a chunk. A larger payload is sent alone. */
export const CHUNK_BYTES = 64 * 1024;

export interface Chunk {
  readonly bytes: Buffer;
  /** Payloads in it. */
  readonly count: number;
}

/** Joins the payloads beginning with `from` that fit into one chunk of `maxBytes`, at least one. */
export function coalesce(payloads: readonly Buffer[], from: number, maxBytes = CHUNK_BYTES): Chunk {
  let end = from;
  let length = 0;
  do {
    length += payloads[end]?.length ?? 0;
    end++;
  } while (end < payloads.length && length + (payloads[end]?.length ?? 0) <= maxBytes);
  const bytes = end === from + 1 ? payloads[from] : undefined;
  return { bytes: bytes ?? Buffer.concat(payloads.slice(from, end), length), count: end - from };
}

export interface StreamTransportOptions {
  /** Starts a connection with `net.connect` or `tls.connect`. If it throws, the delivery fails. */
  readonly connect: () => Socket;
  /** Time limit for connecting, including TLS, and for a peer that reads nothing, in ms. */
  readonly timeoutMs: number;
  /** How many of the last bytes are kept, to send them again when the connection breaks. @defaultValue 4 MiB */
  readonly windowBytes?: number;
}

/** Linux accepts this much, over loopback, while the peer does not read. */
const WINDOW_BYTES = 4 * 1024 * 1024;
const BATCH_SIZE = 1000;
const BATCH_BYTES = 256 * 1024;
/**
 * When the peer closes normally, data written less than this time ago may not have reached it, in ms. This covers a round
 * trip and a turn of a busy event loop.
 */
const IN_FLIGHT_MS = 500;

/**
 * The protocol has no answers, so `deliver` resolves when the kernel has accepted the bytes. Payloads that may be lost with
 * a broken connection are sent again, once, first on the next one. The peer may get them twice. After a reset these are
 * the last `windowBytes`. After a normal end these are the ones written just before.
 */
export class StreamTransport implements Transport<Buffer> {
  readonly batchSize = BATCH_SIZE;
  readonly batchBytes = BATCH_BYTES;
  onPending: (() => void) | undefined;
  readonly #options: StreamTransportOptions;
  readonly #window: SentWindow;
  #connection: StreamConnection | undefined;
  #opening: StreamConnection | undefined;
  /** Chunks to send again, before all others. */
  #again: SentChunk[] = [];
  /** Given to the socket without waiting; the kernel has not accepted all of it yet. */
  #handed: Chunk | undefined;
  /** Payloads at the start of the next delivery that were written in part to a broken connection. */
  #partly = 0;
  #isDelivering = false;
  #isClosing = false;
  #reopens = false;
  /** Why the connection broke between deliveries. The next delivery fails with it. */
  #failure: Error | undefined;
  #signal: AbortSignal | undefined;
  #retried = 0;
  #unconfirmed = 0;

  constructor(options: StreamTransportOptions) {
    this.#options = options;
    this.#window = new SentWindow(options.windowBytes ?? WINDOW_BYTES);
  }

  get connected(): boolean {
    return this.#connection !== undefined;
  }

  get pending(): number {
    return this.#again.reduce((sum, { count }) => sum + count, this.#handed?.count ?? 0);
  }

  get retried(): number {
    return this.#retried;
  }

  get unconfirmed(): number {
    return this.#unconfirmed;
  }

  /** Before the next delivery, closes the connection and opens a new one. Never interrupts a delivery. */
  reopen(): void {
    this.#reopens = true;
  }

  async deliver(payloads: readonly Buffer[], signal: AbortSignal): Promise<void> {
    if (this.#reopens) {
      this.#reopens = false;
      await this.close();
    }
    this.#obey(signal);
    this.#throwFailure();
    this.#isDelivering = true;
    try {
      const connection = this.#connection ?? (await this.#connect());
      connection.hold(true);
      await this.#drain(connection);
      await this.#sendAgain(connection);
      await this.#send(connection, payloads);
      connection.hold(false);
    } finally {
      this.#isDelivering = false;
    }
  }

  /** The last payloads that it counts may still be in the socket's buffer. They are `pending` until the kernel has them. */
  deliverSync(payloads: readonly Buffer[], isLast: boolean): number {
    const connection = this.#connection;
    if (connection === undefined || this.#isDelivering || this.#again.length > 0) return 0;
    // TLS takes one write a turn and reports the result later, so it is used at the end of the process only.
    if (!connection.tellsAtOnce && !isLast) return 0;
    const chunkBytes = connection.tellsAtOnce ? CHUNK_BYTES : Number.POSITIVE_INFINITY;
    if (connection.isTaken) this.#tookHanded();
    let done = 0;
    while (done < payloads.length && this.#handed === undefined) {
      const chunk = coalesce(payloads, done, chunkBytes);
      if (connection.writeSync(chunk.bytes)) this.#wrote(chunk);
      else this.#handed = chunk;
      done += chunk.count;
    }
    return done;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#connection?.end();
    this.#isClosing = false;
    this.#failure = undefined;
    this.#unconfirmed += this.pending;
    this.#again = [];
    this.#handed = undefined;
  }

  /** Destroys the connection when the outbox gives up. */
  #obey(signal: AbortSignal): void {
    signal.throwIfAborted();
    if (this.#signal === signal) return;
    this.#signal = signal;
    const stop = (): void => (this.#opening ?? this.#connection)?.destroy(new Error('given up'));
    signal.addEventListener('abort', stop, { once: true });
  }

  #throwFailure(): void {
    const cause = this.#failure;
    this.#failure = undefined;
    if (cause !== undefined) throw new SendFailure('the connection broke', { cause });
  }

  async #connect(): Promise<StreamConnection> {
    try {
      const connection: StreamConnection = new StreamConnection(this.#options.connect(), {
        timeoutMs: this.#options.timeoutMs,
        onDown: (error) => {
          if (this.#connection === connection) this.#broke(error);
        },
      });
      this.#opening = connection;
      await connection.open();
      this.#connection = connection;
      return connection;
    } catch (cause) {
      throw new SendFailure('not connected', { cause });
    } finally {
      this.#opening = undefined;
    }
  }

  async #drain(connection: StreamConnection): Promise<void> {
    try {
      await connection.drained();
    } catch (cause) {
      throw new SendFailure('the connection broke', { cause });
    }
    this.#tookHanded();
  }

  #tookHanded(): void {
    if (this.#handed !== undefined) this.#wrote(this.#handed);
    this.#handed = undefined;
  }

  /** Sends the chunks of a broken connection before anything newer. */
  async #sendAgain(connection: StreamConnection): Promise<void> {
    for (let chunk = this.#again[0]; chunk !== undefined; chunk = this.#again[0]) {
      try {
        await connection.write(chunk.bytes);
      } catch (cause) {
        throw new SendFailure('the connection broke', { cause });
      }
      this.#wroteAgain(chunk);
    }
  }

  async #send(connection: StreamConnection, payloads: readonly Buffer[]): Promise<void> {
    let delivered = 0;
    while (delivered < payloads.length) {
      const chunk = coalesce(payloads, delivered);
      const wasDown = connection.isDown;
      try {
        const taken = connection.write(chunk.bytes);
        if (taken !== undefined) await taken;
      } catch (cause) {
        if (!wasDown) this.#partly = chunk.count;
        throw new SendFailure('the connection broke', { delivered, cause });
      }
      this.#wrote(chunk);
      delivered += chunk.count;
    }
  }

  #wrote({ bytes, count }: Chunk): void {
    this.#retried += Math.min(this.#partly, count);
    this.#partly = Math.max(this.#partly - count, 0);
    this.#window.add({ bytes, count, at: performance.now(), again: false });
  }

  #wroteAgain({ bytes, count }: Chunk): void {
    this.#again.shift();
    this.#retried += count;
    this.#window.add({ bytes, count, at: performance.now(), again: true });
  }

  /** @param error - undefined if the peer closed the connection normally */
  #broke(error: Error | undefined): void {
    this.#connection = undefined;
    const readAll = error === undefined && this.#isClosing;
    const since = error === undefined ? performance.now() - IN_FLIGHT_MS : Number.NEGATIVE_INFINITY;
    for (const chunk of this.#window.takeSince(readAll ? Number.POSITIVE_INFINITY : since)) {
      if (chunk.again || this.#isClosing) this.#unconfirmed += chunk.count;
      else this.#again.push(chunk);
    }
    if (this.#handed !== undefined) this.#again.push({ ...this.#handed, at: 0, again: false });
    this.#handed = undefined;
    if (this.#isDelivering || this.#isClosing) return;
    this.#failure = error ?? (this.pending > 0 ? new Error('the peer closed the connection') : undefined);
    if (this.pending > 0) this.onPending?.();
  }
}
