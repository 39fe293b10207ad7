/** One connection of a stream transport: opens and writes with a time limit, and notices its end. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export interface StreamConnectionOptions {
  /** Time limit for connecting and for a peer that reads nothing, in ms. */
  readonly timeoutMs: number;
  /** Called once at the end of the connection, with its error. Undefined if the peer closed it normally. */
  readonly onDown: (error: Error | undefined) => void;
}

/** How long `end` waits for the peer to read everything and close, in ms. */
const LINGER_MS = 1000;

export class StreamConnection {
  readonly #socket: Socket;
  readonly #options: StreamConnectionOptions;
  /** The pending `open` or `write`. */
  #waiter: Waiter | undefined;
  #error: Error | undefined;
  #isOpen = false;
  #isDown = false;
  #isEnding = false;

  /** The callback may belong to an earlier write, so it only counts when nothing is left to write. */
  readonly #written = (): void => {
    if (this.isTaken) this.#settle();
  };

  constructor(socket: Socket, options: StreamConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    // Data of the peer is discarded, but Node notices its end only while it reads.
    socket.resume();
    socket.on('error', (error) => (this.#error ??= readable(error)));
    socket.on('timeout', () => {
      const what = this.#isOpen ? 'the peer read nothing' : 'no connection';
      socket.destroy(new Error(`${what} for ${this.#options.timeoutMs / 1000} s`));
    });
    socket.on('end', () => {
      this.#down(this.#error);
      if (!this.#isEnding) socket.destroy();
    });
    socket.on('close', () => this.#down(this.#error));
  }

  /** Resolves when payloads can be written. With TLS, the peer is verified then. */
  async open(): Promise<void> {
    const socket = this.#socket;
    socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
      this.#isOpen = true;
      this.#settle();
    });
    return this.#wait();
  }

  /**
   * Returns at once if the kernel has accepted everything, else a promise.
   *
   * @throws Error, or rejects, if the connection has ended or the peer reads nothing for `timeoutMs`.
   */
  write(bytes: Buffer): void | Promise<void> {
    if (this.#isDown) throw this.#reason();
    this.#socket.write(bytes, this.#written);
    return this.drained();
  }

  /** Writes without waiting. Returns whether the kernel has accepted everything; else the rest is in the socket's buffer. */
  writeSync(bytes: Buffer): boolean {
    this.#socket.write(bytes, this.#written);
    return this.isTaken;
  }

  /**
   * Returns at once if the kernel has accepted everything that was written, else a promise.
   *
   * @throws Error as `write` does.
   */
  drained(): void | Promise<void> {
    if (this.#isDown) throw this.#reason();
    if (!this.isTaken) return this.#wait();
  }

  /** Whether the connection keeps the process alive. */
  hold(isHeld: boolean): void {
    if (isHeld) this.#socket.ref();
    else this.#socket.unref();
  }

  /** Ends normally, and waits until the peer does too, so that it can read everything. */
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

  /** Whether `writeSync` can tell at once if the kernel has accepted the data. With TLS this takes a turn. */
  get tellsAtOnce(): boolean {
    return !(this.#socket instanceof TLSSocket);
  }

  /** Whether the kernel has accepted everything that was written. */
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

/** A host with several addresses fails with an AggregateError that has no message of its own. */
function readable(error: Error): Error {
  if (!(error instanceof AggregateError) || error.message !== '') return error;
  const messages = error.errors.map((each: unknown) => (each instanceof Error ? each.message : String(each)));
  return new Error(messages.join('; '));
}
