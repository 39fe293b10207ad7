/** Writes to a Node stream, which takes text now and fails later. */
import { DeliveryError } from '../../errors';
import { EndOfTurn } from '../../internal/end-of-turn';
import type { TextSink } from '../../internal/stdio';
import { isErrorEmitter, type ErrorEmitter } from './stream-errors';

/** The part of a Node Writable that is needed here. */
export interface NodeWritable extends TextSink, ErrorEmitter {
  write(text: string, encoding?: BufferEncoding, done?: (error?: Error | null) => void): unknown;
  readonly writableLength: number;
  readonly writable: boolean;
  cork?(): void;
  uncork?(): void;
}

export interface NodeStreamWriterOptions {
  /** Bytes that the stream may hold unwritten. */
  readonly maxPendingBytes: number;
  /** Have the stream hold what it is given in one turn of the event loop, up to so many bytes. @defaultValue 0, off */
  readonly turnBytes?: number;
}

export function isNodeWritable(stream: TextSink): stream is NodeWritable {
  return 'writableLength' in stream && typeof stream.writableLength === 'number' && isErrorEmitter(stream);
}

/**
 * How long an answer is waited for that the stream itself does not wait for, in ms: it holds nothing any more, and its
 * `write` was replaced, as PM2 and the tests of applications do, by one that may never call back.
 */
const GRACE_MS = 50;
const LOOK_EVERY_MS = 10;

/** Knows which of its own writes the stream has not answered yet. */
export class NodeStreamWriter {
  readonly stream: NodeWritable;
  readonly #maxPendingBytes: number;
  #turnBytes: number;
  readonly #turn: EndOfTurn | undefined;
  #isCorked = false;
  #unanswered = 0;
  #waiters: (() => void)[] = [];
  /** Answers were waited for in vain: until one comes, none is waited for unless the stream holds text. */
  #isSilent = false;
  /** How often answers were given up; a late one is not counted. */
  #round = 0;
  #grace: NodeJS.Timeout | undefined;
  /** Of the last `GRACE_MS`, how much has passed. */
  #waitedMs = 0;

  constructor(stream: NodeWritable, { maxPendingBytes, turnBytes = 0 }: NodeStreamWriterOptions) {
    this.stream = stream;
    this.#maxPendingBytes = maxPendingBytes;
    this.#turnBytes = turnBytes;
    if (turnBytes > 0) this.#turn = new EndOfTurn(() => this.uncork());
  }

  /** `failed` is called when the stream did not take the text. @throws DeliveryError when it cannot take any. */
  write(text: string, failed: (error: Error) => void): void {
    const stream = this.stream;
    if (!stream.writable) throw new DeliveryError('the stream has ended');
    if (stream.writableLength >= this.#maxPendingBytes) {
      throw new DeliveryError(
        `the stream does not take what is written: ${stream.writableLength} bytes wait`,
      );
    }
    const answered = this.#expectAnswer();
    const waits = this.#cork();
    try {
      // With the encoding: a `write` that was put in the place of Node's may know the callback as its third argument only.
      stream.write(text, 'utf8', (error) => {
        if (error) failed(error);
        // The 'error' event comes after the callback: the next turn of the loop has seen both.
        if (error) setImmediate(answered);
        else answered();
      });
    } catch (error) {
      answered();
      throw error;
    }
    if (!waits || stream.writableLength >= this.#turnBytes) this.uncork();
  }

  /** The stream writes what it was told to hold, and everything at once from now on. */
  endTurn(): void {
    this.#turnBytes = 0;
    this.uncork();
  }

  /** The stream writes what it was told to hold. */
  uncork(): void {
    if (!this.#isCorked) return;
    this.#isCorked = false;
    this.stream.uncork?.();
  }

  /**
   * Returns, or resolves, when every write was answered and its 'error' event, if any, is over; soon where the stream
   * holds nothing that it could answer for.
   */
  drained(): void | Promise<void> {
    this.uncork();
    if (this.#unanswered === 0 || (this.#isSilent && this.stream.writableLength === 0)) return;
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
      if (this.#grace === undefined) this.#lookLater();
    });
  }

  /** Has the stream hold what it is given; not one whose `write` was replaced. False when the end of the turn may be far. */
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
    // A stream that holds text keeps the process alive itself, if it is to.
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

  /** Counts a write; returns what counts its answer, of which only the first matters. */
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
