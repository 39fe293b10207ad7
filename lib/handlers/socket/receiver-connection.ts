/** One connection to the receiver: finds its frames, and ends it when it stalls or sends what makes no sense. */
import type { Socket } from 'node:net';
import { FrameReader } from './frame-reader';
import { UnpicklingError } from './unpickling.error';

/** How long a frame that was begun, or a connection that was just made, may bring next to nothing. */
export const FRAME_TIMEOUT_MS = 30_000;
/** A peer that brings less within that time is silent: a byte now and then keeps no place. */
const PROGRESS_BYTES = 1024;

export interface ReceiverConnectionOptions {
  readonly maxFrameBytes: number;
  /** Longest silence, in ms; 0 for any. */
  readonly idleTimeoutMs: number;
  /** Longest time that a frame stands still, in ms. @defaultValue 30 000 */
  readonly frameTimeoutMs?: number;
  /** Time to the first frame that `onPayload` takes, in ms; however much comes until then. @defaultValue any */
  readonly proofTimeoutMs?: number | undefined;
  /** Takes the payload of one frame; it is valid during the call. What it throws ends the connection. */
  readonly onPayload: (payload: Buffer) => void;
  /** Is told of what could not be read as a frame. */
  readonly onRefused: (error: unknown) => void;
}

export class ReceiverConnection {
  readonly #socket: Socket;
  readonly #options: ReceiverConnectionOptions;
  readonly #reader: FrameReader;
  /** Runs while a frame is awaited. */
  #timer: NodeJS.Timeout | undefined;
  /** Runs until a first frame was taken. */
  #proofTimer: NodeJS.Timeout | undefined;
  /** Bytes since the timer was started. */
  #progress = 0;
  #taken = 0;

  constructor(socket: Socket, options: ReceiverConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#reader = new FrameReader(options.maxFrameBytes);
    socket.setTimeout(options.idleTimeoutMs, () => this.destroy());
    // A sender that vanished without a word would keep its place for ever.
    socket.setKeepAlive(true, 60_000);
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('end', () => this.#onEnd());
    socket.on('error', (error) => this.#onEnd(error));
    socket.once('close', () => this.#stopTimers());
    this.#expectFrame();
    if (options.proofTimeoutMs !== undefined) this.#expectProof(options.proofTimeoutMs);
  }

  /** Ends the connection, with what it has not brought yet. */
  destroy(): void {
    this.#stopTimers();
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    const before = this.#taken;
    try {
      this.#reader.push(chunk, (payload) => this.#take(payload));
    } catch (error) {
      this.#options.onRefused(error);
      this.destroy();
      return;
    }
    this.#progress += chunk.length;
    if (this.#reader.pending === 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      return;
    }
    const hasMoved = this.#taken > before || this.#progress >= PROGRESS_BYTES;
    if (hasMoved || this.#timer === undefined) this.#expectFrame();
  }

  #take(payload: Buffer): void {
    this.#options.onPayload(payload);
    this.#taken++;
    clearTimeout(this.#proofTimer);
  }

  /** Between two frames an end, or a reset, loses nothing that has arrived. */
  #onEnd(cause?: Error): void {
    const { pending } = this.#reader;
    if (pending === 0) return;
    this.#options.onRefused(
      new UnpicklingError(`the connection ended within a frame, after ${pending} bytes`, { cause }),
    );
  }

  /** Starts the time anew within which something must come. */
  #expectFrame(): void {
    this.#progress = 0;
    if (this.#timer !== undefined) {
      this.#timer.refresh();
      return;
    }
    const { idleTimeoutMs, frameTimeoutMs = FRAME_TIMEOUT_MS } = this.#options;
    const ms = idleTimeoutMs === 0 ? frameTimeoutMs : Math.min(idleTimeoutMs, frameTimeoutMs);
    this.#timer = this.#endAfter(ms, `a frame was not complete, and next to nothing came for ${ms} ms`);
  }

  #expectProof(ms: number): void {
    this.#proofTimer = this.#endAfter(ms, `no signed frame came within ${ms} ms`);
  }

  #endAfter(ms: number, why: string): NodeJS.Timeout {
    return setTimeout(() => {
      this.#options.onRefused(new UnpicklingError(why));
      this.destroy();
    }, ms).unref();
  }

  #stopTimers(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#proofTimer);
  }
}
