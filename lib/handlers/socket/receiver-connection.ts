/** One connection to the receiver: finds its frames, and ends it when it stalls or sends what makes no sense. */
import type { Socket } from 'node:net';
import { FrameReader } from './frame-reader';
import { UnpicklingError } from './unpickling.error';

/** A frame that was begun, or a connection that was just made, has this long to bring a whole frame. */
const FRAME_TIMEOUT_MS = 30_000;

export interface ReceiverConnectionOptions {
  readonly maxFrameBytes: number;
  /** Longest silence, in ms; 0 for any. */
  readonly idleTimeoutMs: number;
  /** Takes the payload of one frame; it is valid during the call. Must not throw. */
  readonly onPayload: (payload: Buffer) => void;
  /** Is told of what could not be read as a frame. */
  readonly onRefused: (error: unknown) => void;
}

export class ReceiverConnection {
  readonly #socket: Socket;
  readonly #options: ReceiverConnectionOptions;
  readonly #reader: FrameReader;
  #timer: NodeJS.Timeout | undefined;

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
    socket.once('close', () => clearTimeout(this.#timer));
    this.#expectFrame();
  }

  /** Ends the connection, with what it has not brought yet. */
  destroy(): void {
    clearTimeout(this.#timer);
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    try {
      this.#reader.push(chunk, this.#options.onPayload);
    } catch (error) {
      this.#options.onRefused(error);
      this.destroy();
      return;
    }
    if (this.#reader.pending > 0) this.#expectFrame();
    else {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
  }

  /** Between two frames an end, or a reset, loses nothing that has arrived. */
  #onEnd(cause?: Error): void {
    const { pending } = this.#reader;
    if (pending === 0) return;
    this.#options.onRefused(
      new UnpicklingError(`the connection ended within a frame, after ${pending} bytes`, { cause }),
    );
  }

  #expectFrame(): void {
    if (this.#timer !== undefined) return;
    const { idleTimeoutMs, onRefused } = this.#options;
    const ms = idleTimeoutMs === 0 ? FRAME_TIMEOUT_MS : Math.min(idleTimeoutMs, FRAME_TIMEOUT_MS);
    this.#timer = setTimeout(() => {
      onRefused(new UnpicklingError(`a frame was not complete within ${ms} ms`));
      this.destroy();
    }, ms).unref();
  }
}
