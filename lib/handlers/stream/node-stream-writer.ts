/** Writes to a Node stream, which may fail after the write, and listens to its errors. */
import { DeliveryError } from '../../errors';
import { EndOfTurn } from '../../internal/end-of-turn';
import type { TextSink } from '../../internal/stdio';

/** The subset of EventEmitter that we need. */
export interface ErrorEmitter {
  on(event: 'error', listener: (error: unknown) => void): unknown;
  off(event: 'error', listener: (error: unknown) => void): unknown;
}

type ErrorListener = (error: unknown) => void;

interface Watch {
  readonly listeners: Set<ErrorListener>;
  readonly dispatch: ErrorListener;
}

/** One listener for each stream, so that eleven handlers on stderr do not cause Node's warning about a listener leak. */
const watches = new WeakMap<ErrorEmitter, Watch>();

export function isErrorEmitter(stream: object): stream is ErrorEmitter {
  return (
    'on' in stream && typeof stream.on === 'function' && 'off' in stream && typeof stream.off === 'function'
  );
}

function startWatch(stream: ErrorEmitter): Watch {
  const listeners = new Set<ErrorListener>();
  const dispatch: ErrorListener = (error) => {
    for (const listener of listeners) listener(error);
  };
  stream.on('error', dispatch);
  const watch = { listeners, dispatch };
  watches.set(stream, watch);
  return watch;
}

/** Calls `listener` for each 'error' of the stream, so that it does not end the process. Returns a function that stops. */
export function watchErrors(stream: ErrorEmitter, listener: ErrorListener): () => void {
  const watch = watches.get(stream) ?? startWatch(stream);
  watch.listeners.add(listener);
  return () => {
    const stopped = watch.listeners.delete(listener);
    if (!stopped || watch.listeners.size > 0) return;
    stream.off('error', watch.dispatch);
    watches.delete(stream);
  };
}

/** The subset of Writable that we need. */
export interface NodeWritable extends TextSink, ErrorEmitter {
  write(text: string, encoding?: BufferEncoding, done?: (error?: Error | null) => void): unknown;
  readonly writableLength: number;
  readonly writable: boolean;
  cork?(): void;
  uncork?(): void;
}

export interface NodeStreamWriterOptions {
  /** Most unwritten bytes in the stream's buffer. */
  readonly maxPendingBytes: number;
  /** Cork the stream until the end of the turn, up to this many bytes. @defaultValue 0, off */
  readonly turnBytes?: number;
}

export function isNodeWritable(stream: TextSink): stream is NodeWritable {
  return 'writableLength' in stream && typeof stream.writableLength === 'number' && isErrorEmitter(stream);
}

/**
 * How long to wait for a callback of `write` when the stream's buffer is empty, in ms. PM2 and tests replace `write`, and
 * their function may never call back.
 */
const GRACE_MS = 50;
const LOOK_EVERY_MS = 10;

/** Writes to a stream, and knows how many writes have not called back yet. */
export class NodeStreamWriter {
  readonly stream: NodeWritable;
  readonly #maxPendingBytes: number;
  #turnBytes: number;
  readonly #turn: EndOfTurn | undefined;
  #isCorked = false;
  #unanswered = 0;
  #waiters: (() => void)[] = [];
  /** The stream did not call back in time. Until it does, only wait while its buffer holds text. */
  #isSilent = false;
  /** Counts the timeouts, so that a late callback of an earlier round is ignored. */
  #round = 0;
  #grace: NodeJS.Timeout | undefined;
  /** How much of `GRACE_MS` has passed. */
  #waitedMs = 0;

  constructor(stream: NodeWritable, { maxPendingBytes, turnBytes = 0 }: NodeStreamWriterOptions) {
    this.stream = stream;
    this.#maxPendingBytes = maxPendingBytes;
    this.#turnBytes = turnBytes;
    if (turnBytes > 0) this.#turn = new EndOfTurn(() => this.uncork());
  }

  /** Calls `failed` if the stream could not write the text. @throws DeliveryError if the stream accepts none. */
  write(text: string, failed: (error: Error) => void): void {
    const stream = this.stream;
    if (!stream.writable) throw new DeliveryError('the stream has ended');
    if (stream.writableLength >= this.#maxPendingBytes) {
      throw new DeliveryError(`the stream is too slow: ${stream.writableLength} bytes wait`);
    }
    const answered = this.#expectAnswer();
    const waits = this.#cork();
    try {
      // With the encoding, since a replaced `write` may only accept the callback as its third argument.
      stream.write(text, 'utf8', (error) => {
        if (error) failed(error);
        // The 'error' event comes after the callback, before the next turn.
        if (error) setImmediate(answered);
        else answered();
      });
    } catch (error) {
      answered();
      throw error;
    }
    if (!waits || stream.writableLength >= this.#turnBytes) this.uncork();
  }

  /** Uncorks the stream. From now on it writes everything at once. */
  endTurn(): void {
    this.#turnBytes = 0;
    this.uncork();
  }

  uncork(): void {
    if (!this.#isCorked) return;
    this.#isCorked = false;
    this.stream.uncork?.();
  }

  /**
   * Returns, or resolves, when every write has called back and its 'error' event, if any, was emitted. Waits only
   * `GRACE_MS` if the stream's buffer is empty.
   */
  drained(): void | Promise<void> {
    this.uncork();
    if (this.#unanswered === 0 || (this.#isSilent && this.stream.writableLength === 0)) return;
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
      if (this.#grace === undefined) this.#lookLater();
    });
  }

  /** Corks the stream unless its `write` was replaced. Returns false if the end of the turn may be far away. */
  #cork(): boolean {
    const { stream } = this;
    if (this.#turn === undefined || this.#turnBytes === 0) return false;
    if (Object.hasOwn(stream, 'write') || stream.cork === undefined) return false;
    if (!this.#isCorked) {
      this.#isCorked = true;
      stream.cork();
    }
    return this.#turn.comesSoon();
  }

  #lookLater(): void {
    const isEmpty = this.stream.writableLength === 0;
    this.#waitedMs = isEmpty ? this.#waitedMs : 0;
    this.#grace = setTimeout(() => this.#look(), LOOK_EVERY_MS);
    // A stream with buffered text keeps the process alive itself.
    if (!isEmpty) this.#grace.unref();
  }

  #look(): void {
    this.#grace = undefined;
    if (this.#waiters.length === 0) return;
    this.#waitedMs = this.stream.writableLength === 0 ? this.#waitedMs + LOOK_EVERY_MS : 0;
    if (this.#waitedMs < GRACE_MS) return this.#lookLater();
    this.#isSilent = true;
    this.#round++;
    this.#unanswered = 0;
    this.#wake();
  }

  /** Counts a write. Returns the function that counts its callback, once. */
  #expectAnswer(): () => void {
    this.#unanswered++;
    const round = this.#round;
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      this.#isSilent = false;
      if (round === this.#round && --this.#unanswered === 0) this.#wake();
    };
  }

  #wake(): void {
    clearTimeout(this.#grace);
    this.#grace = undefined;
    this.#waitedMs = 0;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }
}
