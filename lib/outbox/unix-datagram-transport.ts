/** Delivers each payload as one datagram to a Unix socket. */
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { errorCode } from '../internal/error-code';
import { SendFailure, type Transport } from './transport';
import type { UnixDatagram } from './unix-datagram';

export interface UnixDatagramTransportOptions {
  readonly socket: UnixDatagram;
  /** How long to wait for a receiver that reads nothing, in ms. */
  readonly timeoutMs: number;
  /** Shortens a payload to the size of a datagram. */
  readonly fit: (payload: Buffer, maxBytes: number) => Buffer;
}

/** 2 µs each, so that a batch does not block the event loop. */
const BATCH_SIZE = 256;
/** A receiver that reads makes room within some turns of the event loop. Linux queues 10 datagrams. */
const TURNS = 20;
/** Then it tries again after longer and longer pauses, up to this one, in ms. */
const MAX_PAUSE_MS = 50;
/** How long to wait at the end of the process for a receiver that reads nothing, in ms. */
const LAST_WAIT_MS = 1000;

/**
 * `deliver` resolves when the datagrams are in the receiver's queue, where they stay after the end of this process.
 * Connects again to a receiver that was restarted.
 */
export class UnixDatagramTransport implements Transport<Buffer> {
  readonly batchSize = BATCH_SIZE;
  readonly #options: UnixDatagramTransportOptions;

  constructor(options: UnixDatagramTransportOptions) {
    this.#options = options;
  }

  get connected(): boolean {
    return this.#options.socket.open;
  }

  async deliver(payloads: readonly Buffer[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    let delivered = 0;
    try {
      for (const payload of payloads) {
        if (!this.#send(payload)) await this.#sendWhenRead(payload, signal);
        delivered++;
      }
    } catch (cause) {
      const drop = errorCode(cause) === 'EMSGSIZE';
      if (!drop) this.close();
      throw new SendFailure(drop ? 'larger than a datagram can be' : 'not sent', { delivered, drop, cause });
    }
  }

  deliverSync(payloads: readonly Buffer[], isLast: boolean): number {
    if (!isLast && !this.connected) return 0;
    let delivered = 0;
    try {
      for (const payload of payloads) {
        if (!this.#send(payload) && !(isLast && this.#sendLast(payload))) break;
        delivered++;
      }
    } catch {
      // There is no receiver. The rest stays queued and is reported.
      this.close();
    }
    return delivered;
  }

  close(): void {
    this.#options.socket.close();
  }

  /** Returns whether there was room in the receiver's queue. */
  #send(payload: Buffer): boolean {
    const { socket, fit } = this.#options;
    const wasOpen = socket.open;
    socket.connect();
    const message = payload.length > socket.maxBytes ? fit(payload, socket.maxBytes) : payload;
    try {
      return socket.send(message);
    } catch (error) {
      if (!wasOpen || errorCode(error) === 'EMSGSIZE') throw error;
    }
    // The receiver was restarted: its new socket is at the same path.
    socket.close();
    socket.connect();
    return socket.send(message);
  }

  /** Nothing else runs at the end of the process, so the thread may sleep while the receiver reads. */
  #sendLast(payload: Buffer): boolean {
    const cell = new Int32Array(new SharedArrayBuffer(4));
    const deadline = performance.now() + LAST_WAIT_MS;
    while (performance.now() < deadline) {
      Atomics.wait(cell, 0, 0, 1);
      if (this.#send(payload)) return true;
    }
    return false;
  }

  async #sendWhenRead(payload: Buffer, signal: AbortSignal): Promise<void> {
    const { timeoutMs } = this.#options;
    const deadline = performance.now() + timeoutMs;
    for (let tries = 0; performance.now() < deadline; tries++) {
      if (tries < TURNS) await nextTurn(undefined, { signal });
      else await wait(Math.min(2 ** (tries - TURNS), MAX_PAUSE_MS), undefined, { signal });
      if (this.#send(payload)) return;
    }
    throw new Error(`the receiver read nothing for ${timeoutMs / 1000} s`);
  }
}
