/** One connection of a stream transport: opened and written to with a time limit, and watched for its end. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export interface StreamConnectionOptions {
  /** Limit for opening, and for a peer that takes nothing, in ms. */
  readonly timeoutMs: number;
  /** Called once: with the error that ended the connection, or without one when the peer closed it in order. */
  readonly onDown: (error: Error | undefined) => void;
}

/** How long `end` waits for the peer to read all and close, in ms. */
const LINGER_MS = 1000;

export class StreamConnection {
  readonly #socket: Socket;
  readonly #options: StreamConnectionOptions;
  /** Who waits for the opening, or for a write. */
  #waiter: Waiter | undefined;
  #error: Error | undefined;
  #isOpen = false;
  #isDown = false;
  #isEnding = false;

  /** Callbacks of earlier writes come late: only when nothing is left is it the one that is waited for. */
  readonly #written = (): void => {
    if (this.isTaken) this.#settle();
  };

  constructor(socket: Socket, options: StreamConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    // What the peer says is read and thrown away: its end is only seen by reading.
    socket.resume();
    socket.on('error', (error) => (this.#error ??= readable(error)));
    socket.on('timeout', () => {
      const what = this.#isOpen ? 'the peer took nothing' : 'no connection';
      socket.destroy(new Error(`${what} for ${this.#options.timeoutMs / 1000} s`));
    });
    socket.on('end', () => {
      this.#down(this.#error);
      if (!this.#isEnding) socket.destroy();
    });
    socket.on('close', () => this.#down(this.#error));
  }

  /** Resolves when payloads can be written; TLS has verified the peer then. */
  async open(): Promise<void> {
    const socket = this.#socket;
    socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
      this.#isOpen = true;
      this.#settle();
    });
    return this.#wait();
  }

  /**
   * Returns at once when the kernel has taken all, and else a promise of it.
   *
   * @throws Error, also through the promise, if the connection is down or the peer takes nothing for `timeoutMs`.
   */
  write(bytes: Buffer): void | Promise<void> {
    if (this.#isDown) throw this.#reason();
    this.#socket.write(bytes, this.#written);
    return this.drained();
  }

  /** Writes without waiting. Whether the kernel took all; else the rest is in the socket's buffer. */
  writeSync(bytes: Buffer): boolean {
    this.#socket.write(bytes, this.#written);
    return this.isTaken;
  }

  /**
   * Returns at once when the kernel has taken all that was written, and else a promise of it.
   *
   * @throws Error as `write` does.
   */
  drained(): void | Promise<void> {
    if (this.#isDown) throw this.#reason();
    if (!this.isTaken) return this.#wait();
  }

  /** The process stays alive for it, or not. */
  hold(isHeld: boolean): void {
    if (isHeld) this.#socket.ref();
    else this.#socket.unref();
  }

  /** Ends in order, and waits for the peer to do the same, so that what it has not read yet is not thrown away. */
  async end(): Promise<void> {
    const socket = this.#socket;
    if (socket.destroyed) return;
    this.#isEnding = true;
    this.hold(true);
    await new Promise<void>((resolve) => {
      const slow = new Error(`the peer did not close within ${LINGER_MS} ms`);
      const timer = setTimeout(() => socket.destroy(slow), LINGER_MS);
      socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      socket.setTimeout(0);
      socket.end();
    });
  }

  /** Ends at once. */
  destroy(error: Error): void {
    this.#error ??= error;
    this.#socket.destroy();
    this.#down(error);
  }

  get isDown(): boolean {
    return this.#isDown;
  }

  /** Whether a write can be known to be taken as soon as it returns; TLS tells a turn later. */
  get tellsAtOnce(): boolean {
    return !(this.#socket instanceof TLSSocket);
  }

  /** The kernel has all that was written. */
  get isTaken(): boolean {
    const socket = this.#socket;
    return socket.writableLength === 0 && !socket.destroyed && socket.errored === null;
  }

  async #wait(): Promise<void> {
    this.#socket.setTimeout(this.#options.timeoutMs);
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  #settle(): void {
    const waiter = this.#waiter;
    if (waiter === undefined) return;
    this.#waiter = undefined;
    this.#socket.setTimeout(0);
    waiter.resolve();
  }

  #down(error: Error | undefined): void {
    if (this.#isDown) return;
    this.#isDown = true;
    this.#options.onDown(error);
    this.#waiter?.reject(this.#reason());
    this.#waiter = undefined;
  }

  #reason(): Error {
    return this.#error ?? new Error('the peer closed the connection');
  }
}

/** A host with several addresses fails with one error for each of them, and with no words of its own. */
function readable(error: Error): Error {
  if (!(error instanceof AggregateError) || error.message !== '') return error;
  const messages = error.errors.map((each: unknown) => (each instanceof Error ? each.message : String(each)));
  return new Error(messages.join('; '));
}
