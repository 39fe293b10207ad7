/** Delivers each payload as a UDP datagram. */
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { errorCode } from '../internal/error-code';
import { SendFailure, type Transport } from './transport';

export interface UdpTransportOptions {
  /** Host name, or IPv4 or IPv6 address. */
  readonly host: string;
  readonly port: number;
}

const BATCH_SIZE = 64;
/** How long to wait for a refusal of the first datagram of a socket, in ms. Then the others are sent. */
const PROBE_MS = 100;
/** Interval of the checks for a refusal, in ms. */
const PROBE_STEP_MS = 10;
/** A host name is looked up again after this long, in ms, since its address may change. */
const NAME_VALID_MS = 5 * 60_000;

/**
 * `deliver` resolves when the kernel has accepted the datagrams. There is no answer that they have arrived. The socket is
 * connected, so that Node reports an answer "port unreachable". The refused datagram is sent again.
 */
export class UdpTransport implements Transport<Buffer> {
  readonly batchSize = BATCH_SIZE;
  onPending: (() => void) | undefined;
  readonly #options: UdpTransportOptions;
  #socket: Socket | undefined;
  #openedAt = 0;
  /** True when the first datagram of the socket was not refused. */
  #isProbed = false;
  /** The last datagram that was sent. A refusal is about this one. */
  #last: Buffer | undefined;
  /** A refused datagram, to send first. */
  #again: Buffer | undefined;
  #failure: Error | undefined;
  #isDelivering = false;
  #retried = 0;
  #unconfirmed = 0;

  constructor(options: UdpTransportOptions) {
    this.#options = options;
  }

  get pending(): number {
    return this.#again === undefined ? 0 : 1;
  }

  get retried(): number {
    return this.#retried;
  }

  get unconfirmed(): number {
    return this.#unconfirmed;
  }

  async deliver(payloads: readonly Buffer[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#throwFailure(0);
    this.#isDelivering = true;
    try {
      const socket = await this.#ready(signal);
      socket.ref();
      if (this.#again !== undefined) await this.#sendAgain(socket, this.#again);
      let delivered = 0;
      if (!this.#isProbed && payloads.length > 0) {
        await this.#sendFrom(socket, payloads.slice(0, 1), 0);
        await this.#probe(++delivered);
      }
      await this.#sendFrom(socket, payloads, delivered);
      if (this.#socket === socket) socket.unref();
    } finally {
      this.#isDelivering = false;
    }
  }

  deliverSync(payloads: readonly Buffer[]): number {
    const socket = this.#socket;
    if (socket === undefined || this.#isDelivering || this.#again !== undefined) return 0;
    for (const [at, payload] of payloads.entries()) {
      socket.send(payload);
      if (socket.getSendQueueCount() > 0) return at;
    }
    return payloads.length;
  }

  close(): void {
    this.#drop();
    this.#failure = undefined;
    this.#unconfirmed += this.pending;
    this.#again = undefined;
  }

  async #ready(signal: AbortSignal): Promise<Socket> {
    const isStale =
      isIP(this.#options.host) === 0 && performance.now() - this.#openedAt > NAME_VALID_MS && !this.#again;
    if (isStale) this.#drop();
    return this.#socket ?? (await this.#open(signal));
  }

  async #open(signal: AbortSignal): Promise<Socket> {
    try {
      const { address, family } = await unlessAborted(lookup(this.#options.host), signal);
      const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
      socket.on('error', (error) => this.#refused(socket, error));
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.connect(this.#options.port, address, () => {
          socket.off('error', reject);
          resolve();
        });
      });
      this.#socket = socket;
      this.#openedAt = performance.now();
      this.#isProbed = false;
      return socket;
    } catch (cause) {
      throw new SendFailure('no socket', { cause });
    }
  }

  async #sendAgain(socket: Socket, payload: Buffer): Promise<void> {
    await this.#sendFrom(socket, [payload], 0);
    await this.#probe(0);
    this.#again = undefined;
    this.#retried++;
  }

  /** Sends the payloads beginning with `from`, one at a time. */
  async #sendFrom(socket: Socket, payloads: readonly Buffer[], from: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const send = (at: number): void => {
        const payload = payloads[at];
        if (payload === undefined) return resolve();
        socket.send(payload, (error) => {
          const failure = error ?? this.#failure;
          this.#failure = undefined;
          if (failure !== undefined) {
            return reject(this.#failed(socket, failure, error === null ? at + 1 : at));
          }
          this.#last = payload;
          send(at + 1);
        });
      };
      send(from);
    });
  }

  /** Waits for a refusal of the last datagram. */
  async #probe(delivered: number): Promise<void> {
    const end = performance.now() + PROBE_MS;
    while (this.#failure === undefined && performance.now() < end) await wait(PROBE_STEP_MS);
    this.#throwFailure(delivered);
    this.#isProbed = true;
  }

  #failed(socket: Socket, cause: Error, delivered: number): SendFailure {
    if (errorCode(cause) === 'EMSGSIZE') {
      return new SendFailure('larger than a datagram can be', { delivered, drop: true, cause });
    }
    this.#refused(socket, cause);
    this.#failure = undefined;
    return new SendFailure('not sent', { delivered, cause });
  }

  /** The error of a datagram may be reported with a later one, or by an event. */
  #refused(socket: Socket, error: Error): void {
    if (this.#socket !== socket) return;
    this.#drop();
    this.#failure = error;
    if (errorCode(error) === 'ECONNREFUSED') this.#again ??= this.#last;
    if (!this.#isDelivering) this.onPending?.();
  }

  #throwFailure(delivered: number): void {
    const cause = this.#failure;
    this.#failure = undefined;
    if (cause !== undefined) throw new SendFailure('not sent', { delivered, cause });
  }

  #drop(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }
}

/** Resolves with the result of `work`, or rejects as soon as the signal is aborted. */
async function unlessAborted<V>(work: Promise<V>, signal: AbortSignal): Promise<V> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new Error('given up'));
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
