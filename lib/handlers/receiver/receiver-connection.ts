/** One connection to the receiver: finds its frames, and ends it if it stalls or sends invalid data. */
import type { Socket } from 'node:net';
import { UnpicklingError } from '../../errors';
import { FRAME_HEADER_BYTES } from '../pickle/frame';

/** Initial buffer size of a frame: the announced length alone must not allocate memory. */
const FIRST_BYTES = 4096;

/** Finds the frames in a stream of bytes that arrives in pieces of any size. */
export class FrameReader {
  readonly #maxFrameBytes: number;
  /** Header and payload of the frame that is not complete yet. */
  #held = Buffer.alloc(0);
  #length = 0;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Bytes of a frame that is not complete. */
  get pending(): number {
    return this.#length;
  }

  /**
   * Calls `onFrame` with the payload of each frame that is now complete. It is a view: valid during the call.
   *
   * @throws UnpicklingError if the length of a frame exceeds the limit; the rest of the stream cannot be read then.
   */
  push(chunk: Buffer, onFrame: (payload: Buffer) => void): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#length > 0) {
        rest = this.#fill(rest, onFrame);
        continue;
      }
      const size = this.#sizeOf(rest);
      if (rest.length < size) return this.#hold(rest);
      onFrame(rest.subarray(FRAME_HEADER_BYTES, size));
      rest = rest.subarray(size);
    }
    return undefined;
  }

  /** Completes the held frame as far as possible, and returns the rest. */
  #fill(chunk: Buffer, onFrame: (payload: Buffer) => void): Buffer {
    const wanted = this.#sizeOf(this.#held.subarray(0, this.#length)) - this.#length;
    const taken = Math.min(wanted, chunk.length);
    this.#hold(chunk.subarray(0, taken));
    const size = this.#sizeOf(this.#held.subarray(0, this.#length));
    if (this.#length === size) {
      const frame = this.#held;
      this.#held = Buffer.alloc(0);
      this.#length = 0;
      onFrame(frame.subarray(FRAME_HEADER_BYTES, size));
    }
    return chunk.subarray(taken);
  }

  /** Size of the frame that begins here, or of its header while the header is incomplete. */
  #sizeOf(start: Buffer): number {
    if (start.length < FRAME_HEADER_BYTES) return FRAME_HEADER_BYTES;
    const length = start.readUInt32BE(0);
    if (length <= this.#maxFrameBytes) return FRAME_HEADER_BYTES + length;
    throw new UnpicklingError(`a frame claims ${length} bytes; "maxFrameBytes" is ${this.#maxFrameBytes}`);
  }

  #hold(bytes: Buffer): void {
    const length = this.#length + bytes.length;
    if (length > this.#held.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, this.#held.length * 2, length));
      larger.set(this.#held.subarray(0, this.#length));
      this.#held = larger;
    }
    this.#held.set(bytes, this.#length);
    this.#length = length;
  }
}

/** How long a peer may be silent within a frame, or before its first one. */
export const FRAME_TIMEOUT_MS = 30_000;
/** A peer that sends less within that time counts as silent. */
const PROGRESS_BYTES = 1024;

export interface ReceiverConnectionOptions {
  readonly maxFrameBytes: number;
  /** Maximum idle time between two frames, in ms; 0 for no limit. */
  readonly idleTimeoutMs: number;
  /** Maximum time without progress within a frame, in ms. @defaultValue 30 000 */
  readonly frameTimeoutMs?: number;
  /** Maximum time until `onPayload` has accepted the first frame, in ms. @defaultValue no limit */
  readonly proofTimeoutMs?: number | undefined;
  /** Called with the payload of each frame, which is valid during the call. An error ends the connection. */
  readonly onPayload: (payload: Buffer) => void;
  /** Called for data that cannot be read as a frame. */
  readonly onRefused: (error: unknown) => void;
}

export class ReceiverConnection {
  readonly #socket: Socket;
  readonly #options: ReceiverConnectionOptions;
  readonly #reader: FrameReader;
  /** Runs while a frame is awaited. */
  #timer: NodeJS.Timeout | undefined;
  /** Runs until the first frame is taken. */
  #proofTimer: NodeJS.Timeout | undefined;
  /** Bytes since the timer was started. */
  #progress = 0;
  #taken = 0;

  constructor(socket: Socket, options: ReceiverConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#reader = new FrameReader(options.maxFrameBytes);
    socket.setTimeout(options.idleTimeoutMs, () => this.destroy());
    // Without keep-alive, the connection of a sender that has disappeared would stay open for ever.
    socket.setKeepAlive(true, 60_000);
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('end', () => this.#onEnd());
    socket.on('error', (error) => this.#onEnd(error));
    socket.once('close', () => this.#stopTimers());
    this.#expectFrame();
    if (options.proofTimeoutMs !== undefined) this.#expectProof(options.proofTimeoutMs);
  }

  /** Ends the connection; an incomplete frame is lost. */
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

  /** Reports an incomplete frame. If the connection ends between two frames, nothing is lost. */
  #onEnd(cause?: Error): void {
    const { pending } = this.#reader;
    if (pending === 0) return;
    this.#options.onRefused(
      new UnpicklingError(`the connection ended within a frame, after ${pending} bytes`, { cause }),
    );
  }

  /** Restarts the timer for the next data. */
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
