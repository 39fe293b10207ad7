/** Collects text for a file or a stream and writes it in large pieces; what cannot be written is kept, up to a bound. */
import { DeliveryError } from '../../errors';
import { EndOfTurn } from '../../internal/end-of-turn';
import { IncompleteWriteError } from '../../internal/write-fully';
import type { CutText, FileIdentity } from './append-file';
import type { TextEncoding } from './text-encoding';

/** Text kept while the file cannot be written, in multiples of the batch. */
const KEEP_FACTOR = 16;

/** What a batch is written to. An AppendFile is one. */
export interface BatchTarget {
  /** In a report. */
  readonly kind: 'file' | 'stream';
  readonly encoding: Pick<TextEncoding, 'toBytes'>;
  /** Most bytes in one write, unless one text is longer; undefined when there is no limit. */
  readonly pieceBytes: number | undefined;
  /** Undefined when a text that was cut is written anew, and not continued. */
  readonly identity?: FileIdentity | undefined;
  beforeLeaving?: (() => void) | undefined;
  hasName?(): boolean;
  /** Writes it all. @throws IncompleteWriteError when a part was written. */
  append(bytes: string | Buffer, cut?: CutText): void;
  /** The text that was cut is not continued. */
  endCutLine?(): void;
}

export interface AppendBatchOptions {
  /** Characters after which the text is written. */
  readonly bytes: number;
  /** Longest time that text waits, and the pause after a failure, in ms. The timer does not keep the process alive. */
  readonly intervalMs: number;
  /** Text waits until the end of this turn of the event loop only. @defaultValue false */
  readonly onlyThisTurn?: boolean;
  /** Called before what waits is written: the file may have been moved meanwhile. What it throws, the write has failed with. */
  readonly prepare?: () => void;
  /** Told that the file took nothing or only a part; the rest is kept and tried again. `cause` is the file's error. */
  readonly onKept: (error: DeliveryError) => void;
}

/** The texts of many records become one system call. */
export class AppendBatch {
  readonly #target: BatchTarget;
  /** Undefined when text waits for a timer. */
  readonly #turn: EndOfTurn | undefined;
  readonly #options: AppendBatchOptions;
  /** The texts of all records that wait, one behind the other: V8 joins them once, when they are written. */
  #text = '';
  /** UTF-16 units of each text in `#text`. */
  #lengths: number[] = [];
  /** How much of the first text is in the file already, after a write that failed half way. */
  #cut: CutText | undefined;
  /** UTF-16 units of `#text` whose bytes are counted in `#bytes`: only who asks for `size` pays for it. */
  #measured = 0;
  #bytes = 0;
  #flushAt: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(target: BatchTarget, options: AppendBatchOptions) {
    this.#target = target;
    this.#options = options;
    this.#flushAt = options.bytes;
    if (options.onlyThisTurn === true) this.#turn = new EndOfTurn(() => this.#turnEnds());
    target.beforeLeaving = () => this.#endCutRecord();
  }

  /** Records that wait, one that is only partly in the file included. */
  get records(): number {
    return this.#lengths.length;
  }

  /** The last write has failed: what it was to write is tried again. */
  get isFailing(): boolean {
    return this.#flushAt > this.#options.bytes;
  }

  /** Bytes that wait. */
  get size(): number {
    this.#bytes += this.#bytesOf(this.#text.slice(this.#measured));
    this.#measured = this.#text.length;
    return this.#bytes - (this.#cut?.written ?? 0);
  }

  /**
   * Adds the text of one record.
   *
   * @throws DeliveryError when the file cannot be written and as much waits as may: this text is refused.
   */
  add(text: string): void {
    if (this.isFailing) this.#refuseBeyondBound(text);
    this.#text += text;
    this.#lengths.push(text.length);
    if (this.#text.length >= this.#flushAt) this.flush();
    else this.#wait();
  }

  /** Writes all that waits. What the file does not take is kept, and `onKept` is told. */
  flush(): void {
    this.#stopTimer();
    if (this.records === 0) return;
    try {
      this.#writeAll();
    } catch (cause) {
      // Not at each record: the next try comes after another batch, or with the timer.
      this.#flushAt = this.#text.length + this.#options.bytes;
      this.#timer = this.#startTimer();
      const count = this.records;
      this.#options.onKept(
        new DeliveryError(`${count} records wait for the ${this.#target.kind} and are tried again`, {
          cause,
        }),
      );
    }
  }

  /** Writes all that waits, or gives it up. @throws DeliveryError with the count of records given up. */
  close(): void {
    this.#stopTimer();
    if (this.records === 0) return;
    try {
      this.#writeAll();
    } catch (cause) {
      const lost = this.records;
      if (this.#cut !== undefined) this.#target.endCutLine?.();
      this.#drop(lost);
      throw new DeliveryError(`${lost} records were lost at close`, { cause });
    }
  }

  #refuseBeyondBound(text: string): void {
    if (this.#text.length + text.length <= this.#options.bytes * KEEP_FACTOR) return;
    const { kind } = this.#target;
    throw new DeliveryError(`${this.records} records already wait for the ${kind}: this one is lost`);
  }

  /** A record must not be torn over two files. @throws the error of write(2) when the file does not take its end. */
  #endCutRecord(): void {
    // Nobody would find the end in a file without a name: the next file gets the whole record.
    if (this.#cut !== undefined && this.#target.hasName?.() === true) this.#write(1);
  }

  #writeAll(): void {
    this.#options.prepare?.();
    while (this.records > 0) this.#write(this.#nextPiece());
  }

  /** How many texts, from the first, go into one write. */
  #nextPiece(): number {
    const { pieceBytes } = this.#target;
    return pieceBytes === undefined ? this.records : Math.max(this.#fitting(pieceBytes).count, 1);
  }

  /** How many texts, from the first, fit into so many bytes, and how many bytes they leave over. */
  #fitting(bytes: number): { readonly count: number; readonly left: number } {
    let left = bytes;
    let start = 0;
    let count = 0;
    for (const length of this.#lengths) {
      const size = this.#bytesOf(this.#text.slice(start, start + length));
      if (size > left) break;
      left -= size;
      start += length;
      count++;
    }
    return { count, left };
  }

  /** Writes the first `count` texts; after a failure only those wait that are not in the file. */
  #write(count: number): void {
    const text = this.#text.slice(0, this.#lengthOf(count));
    try {
      this.#target.append(this.#target.encoding.toBytes(text), this.#cut);
    } catch (error) {
      if (!(error instanceof IncompleteWriteError)) throw error;
      this.#dropWritten(error.written);
      throw error.cause;
    }
    this.#drop(count);
    this.#flushAt = this.#options.bytes;
  }

  #dropWritten(bytes: number): void {
    const { count, left } = this.#fitting(bytes);
    this.#drop(count);
    if (left > 0) this.#cut = { written: left, file: this.#target.identity };
  }

  #drop(count: number): void {
    this.#cut = undefined;
    this.#measured = 0;
    this.#bytes = 0;
    this.#text = this.#text.slice(this.#lengthOf(count));
    this.#lengths = this.#lengths.slice(count);
  }

  /** UTF-16 units of the first `count` texts. */
  #lengthOf(count: number): number {
    if (count === this.records) return this.#text.length;
    let length = 0;
    for (let i = 0; i < count; i++) length += this.#lengths[i] ?? 0;
    return length;
  }

  #bytesOf(text: string): number {
    const bytes = this.#target.encoding.toBytes(text);
    return typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length;
  }

  #wait(): void {
    // After a failure the timer is set, whatever text waits for otherwise.
    if (this.#timer !== undefined) return;
    if (this.#turn === undefined) this.#timer = this.#startTimer();
    else if (!this.#turn.comesSoon()) this.flush();
  }

  #turnEnds(): void {
    if (this.#timer === undefined) this.flush();
  }

  #startTimer(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = undefined;
      this.flush();
    }, this.#options.intervalMs).unref();
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
