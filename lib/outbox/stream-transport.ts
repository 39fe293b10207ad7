/** Delivers over a connection that is a stream of bytes: TCP, TLS, Unix. */
import type { Socket } from 'node:net';
import { SendFailure } from './send-failure';
import { StreamConnection } from './stream-connection';
import type { Transport } from './transport';

/** Whole payloads that were written together. */
export interface SentChunk {
  readonly bytes: Buffer;
  /** Payloads in it. */
  readonly count: number;
  /** When the kernel had taken it, in ms of the monotonic clock. */
  readonly at: number;
  /** It was sent before, on a connection that broke. */
  readonly again: boolean;
}

/** What was written last, which is in doubt when the connection breaks. Bounded by bytes: the oldest chunks leave it first, and the newest is always in it. */
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
    // Few: a chunk is up to 64 KiB when there is much to send.
    if (first > 0) this.#chunks.splice(0, first);
  }

  /** Empties it, and returns what was written at or after a time, oldest first. */
  takeSince(time: number): SentChunk[] {
    const chunks = this.#chunks.filter((chunk) => chunk.at >= time);
    this.#chunks = [];
    this.#bytes = 0;
    return chunks;
  }
}

/** Bytes that are joined at most; a larger payload goes alone. */
export const CHUNK_BYTES = 64 * 1024;

export interface Chunk {
  readonly bytes: Buffer;
  /** Payloads in it. */
  readonly count: number;
}

/** The payloads from `from` on that fit into one chunk of `maxBytes`, at least one. */
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
  /** Begins a connection, called for each one: `net.connect` or `tls.connect`. What it throws is a failed delivery. */
  readonly connect: () => Socket;
  /** Limit for connecting, TLS included, and for a peer that takes nothing, in ms. */
  readonly timeoutMs: number;
  /** Bytes written last that are kept, and sent again when the connection breaks. @defaultValue 4 MiB */
  readonly windowBytes?: number;
}

/** Linux takes this much, over loopback, for a peer that has stopped reading. */
const WINDOW_BYTES = 4 * 1024 * 1024;
const BATCH_SIZE = 1000;
const BATCH_BYTES = 256 * 1024;
/**
 * A peer that closes in order has read all that had reached it; what was written this short a time before may not have,
 * in ms. It covers a round trip and a turn of a busy event loop.
 */
const IN_FLIGHT_MS = 500;

/**
 * The protocol has no answers, so `deliver` resolves when the kernel has taken the bytes. What a connection that breaks
 * may have lost is sent again first on the next one, once: the peer may get it twice. After a reset that is all within
 * `windowBytes`; after an orderly end, what was written just before.
 */
export class StreamTransport implements Transport<Buffer> {
  readonly batchSize = BATCH_SIZE;
  readonly batchBytes = BATCH_BYTES;
  onPending: (() => void) | undefined;
  readonly #options: StreamTransportOptions;
  readonly #window: SentWindow;
  #connection: StreamConnection | undefined;
  #opening: StreamConnection | undefined;
  /** To be sent again first. */
  #again: SentChunk[] = [];
  /** Given to the socket without waiting, and not yet wholly taken by the kernel. */
  #handed: Chunk | undefined;
  /** Payloads at the head of the next delivery that were partly written to a connection that broke. */
  #partly = 0;
  #isDelivering = false;
  #isClosing = false;
  /** Why the connection broke while nothing was under way; the next delivery fails with it. */
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

  async deliver(payloads: readonly Buffer[], signal: AbortSignal): Promise<void> {
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

  /** The last of what it returns may still be in the socket's own buffer; it counts as `pending` until it is not. */
  deliverSync(payloads: readonly Buffer[], isLast: boolean): number {
    const connection = this.#connection;
    if (connection === undefined || this.#isDelivering || this.#again.length > 0) return 0;
    // TLS takes one write a turn, and says later what became of it: that is for the end of the process.
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

  /** Ends what is under way when the outbox gives up. */
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

  /** What was written whole to a connection that broke goes out before anything newer. */
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

  /** @param error - undefined when the peer ended the connection in order */
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
