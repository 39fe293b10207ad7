/** Collects text for a file and writes it in large pieces; what cannot be written is kept, up to a bound. */
import { DeliveryError } from '../errors';
import type { AppendFile, CutText } from './append-file';
import { IncompleteWriteError } from './incomplete-write.error';

/** Text kept while the file cannot be written, in multiples of the batch. */
const KEEP_FACTOR = 16;

export interface AppendBatchOptions {
  /** Characters after which the text is written. */
  readonly bytes: number;
  /** Longest time that text waits, in ms. The timer does not keep the process alive. */
  readonly intervalMs: number;
  /** Called before what waits is written: the file may have been moved meanwhile. What it throws, the write has failed with. */
  readonly prepare?: () => void;
  /** Told that the file took nothing or only a part; the rest is kept and tried again. `cause` is the file's error. */
  readonly onKept: (error: DeliveryError) => void;
}

/** The texts of many records become one system call. */
export class AppendBatch {
  readonly #file: AppendFile;
  readonly #options: AppendBatchOptions;
  /** One text for each record that waits. */
  #texts: string[] = [];
  /** UTF-16 units in `#texts`. */
  #length = 0;
  /** How much of the first text is in the file already, after a write that failed half way. */
  #cut: CutText | undefined;
  /** Texts whose bytes are counted in `#bytes`: only who asks for `size` pays for it. */
  #measured = 0;
  #bytes = 0;
  #flushAt: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(file: AppendFile, options: AppendBatchOptions) {
    this.#file = file;
    this.#options = options;
    this.#flushAt = options.bytes;
    file.beforeLeaving = () => this.#endCutRecord();
  }

  /** Records that wait, one that is only partly in the file included. */
  get records(): number {
    return this.#texts.length;
  }

  /** Bytes that wait. */
  get size(): number {
    for (; this.#measured < this.#texts.length; this.#measured++)
      this.#bytes += this.#bytesOf(this.#texts[this.#measured] ?? '');
    return this.#bytes - (this.#cut?.written ?? 0);
  }

  /**
   * Adds the text of one record.
   *
   * @throws DeliveryError when the file cannot be written and as much waits as may: this text is refused.
   */
  add(text: string): void {
    if (this.#flushAt > this.#options.bytes) this.#refuseBeyondBound(text);
    this.#texts.push(text);
    this.#length += text.length;
    if (this.#length >= this.#flushAt) this.flush();
    else this.#timer ??= this.#startTimer();
  }

  /** Writes all that waits. What the file does not take is kept, and `onKept` is told. */
  flush(): void {
    this.#stopTimer();
    if (this.#texts.length === 0) return;
    try {
      this.#writeAll();
    } catch (cause) {
      // Not at each record: the next try comes after another batch, or with the timer.
      this.#flushAt = this.#length + this.#options.bytes;
      this.#timer = this.#startTimer();
      const count = this.#texts.length;
      this.#options.onKept(
        new DeliveryError(`${count} records wait for the file and are tried again`, { cause }),
      );
    }
  }

  /** Writes all that waits, or gives it up. @throws DeliveryError with the count of records given up. */
  close(): void {
    this.#stopTimer();
    if (this.#texts.length === 0) return;
    try {
      this.#writeAll();
    } catch (cause) {
      const lost = this.#texts.length;
      if (this.#cut !== undefined) this.#file.endCutLine();
      this.#drop(lost);
      throw new DeliveryError(`${lost} records were lost at close`, { cause });
    }
  }

  #refuseBeyondBound(text: string): void {
    if (this.#length + text.length <= this.#options.bytes * KEEP_FACTOR) return;
    throw new DeliveryError(`${this.#texts.length} records already wait for the file: this one is lost`);
  }

  /** A record must not be torn over two files. @throws the error of write(2) when the file does not take its end. */
  #endCutRecord(): void {
    // Nobody would find the end in a file without a name: the next file gets the whole record.
    if (this.#cut !== undefined && this.#file.hasName()) this.#write(1);
  }

  #writeAll(): void {
    this.#options.prepare?.();
    this.#write(this.#texts.length);
  }

  /** Writes the first `count` texts; after a failure only those wait that are not in the file. */
  #write(count: number): void {
    const texts = count === this.#texts.length ? this.#texts : this.#texts.slice(0, count);
    try {
      this.#file.append(this.#file.encoding.toBytes(texts.join('')), this.#cut);
    } catch (error) {
      if (!(error instanceof IncompleteWriteError)) throw error;
      this.#dropWritten(error.written);
      throw error.cause;
    }
    this.#drop(count);
    this.#flushAt = this.#options.bytes;
  }

  #dropWritten(bytes: number): void {
    let left = bytes;
    let count = 0;
    for (const text of this.#texts) {
      const length = this.#bytesOf(text);
      if (length > left) break;
      left -= length;
      count++;
    }
    this.#drop(count);
    if (left > 0) this.#cut = { written: left, file: this.#file.identity };
  }

  #drop(count: number): void {
    this.#cut = undefined;
    this.#measured = 0;
    this.#bytes = 0;
    if (count === this.#texts.length) {
      this.#texts = [];
      this.#length = 0;
      return;
    }
    for (const text of this.#texts.splice(0, count)) this.#length -= text.length;
  }

  #bytesOf(text: string): number {
    const bytes = this.#file.encoding.toBytes(text);
    return typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length;
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
