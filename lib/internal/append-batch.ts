/** Collects text for a file and writes it in large pieces; what cannot be written is kept, up to a bound. */
import { DeliveryError } from '../errors';
import type { AppendFile } from './append-file';
import { IncompleteWriteError } from './incomplete-write.error';

/** Pieces of text kept while the file cannot be written, in multiples of the batch. */
const KEEP_FACTOR = 16;

export interface AppendBatchOptions {
  /** Characters after which the text is written. */
  readonly bytes: number;
  /** Longest time that text waits, in ms. The timer does not keep the process alive. */
  readonly intervalMs: number;
  /** Told of a failure in the timer, where nobody is there to catch it. */
  readonly onError: (error: unknown) => void;
}

/** One string grows until it is worth a system call. */
export class AppendBatch {
  readonly #file: AppendFile;
  readonly #options: AppendBatchOptions;
  #text = '';
  /** What a failed write left of the pieces before `#text`. */
  #rest: Buffer | undefined;
  /** The file ends in the middle of a line, which `#rest` continues. */
  #cut = false;
  #records = 0;
  #flushAt: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(file: AppendFile, options: AppendBatchOptions) {
    this.#file = file;
    this.#options = options;
    this.#flushAt = options.bytes;
  }

  /** Records that wait, those of which a failed write left only the end included. */
  get records(): number {
    return this.#records;
  }

  /** Bytes that wait. */
  get size(): number {
    return (this.#rest?.length ?? 0) + Buffer.byteLength(this.#text);
  }

  /**
   * Adds the text of one record.
   *
   * @throws DeliveryError when the file cannot be written: the text is kept and tried again, or, beyond the bound,
   * this text is refused.
   */
  add(text: string): void {
    if (this.#flushAt > this.#options.bytes) this.#refuseBeyondBound(text);
    this.#text += text;
    this.#records++;
    if (this.#text.length >= this.#flushAt) this.flush();
    else this.#timer ??= this.#startTimer();
  }

  /** Writes all that waits. @throws DeliveryError when that fails; the text is kept. */
  flush(): void {
    this.#stopTimer();
    if (this.#records === 0) return;
    try {
      this.#writeRest();
      const text = this.#text;
      this.#text = '';
      this.#write(this.#file.encoding.toBytes(text));
    } catch (error) {
      // Not at each record: the next try comes after another batch, or with the timer.
      this.#flushAt = this.#text.length + this.#options.bytes;
      this.#timer = this.#startTimer();
      throw new DeliveryError(`${this.#records} records wait for the file and are tried again`, {
        cause: error,
      });
    }
    this.#records = 0;
    this.#flushAt = this.#options.bytes;
  }

  /** Writes all that waits, or gives it up. @throws DeliveryError with the count of records given up. */
  close(): void {
    try {
      this.flush();
    } catch (error) {
      const lost = this.#records;
      if (this.#cut) this.#file.endCutLine();
      this.#cut = false;
      this.#rest = undefined;
      this.#text = '';
      this.#records = 0;
      this.#flushAt = this.#options.bytes;
      const cause = error instanceof DeliveryError ? error.cause : error;
      throw new DeliveryError(`up to ${lost} records were lost at close`, { cause });
    } finally {
      this.#stopTimer();
    }
  }

  #refuseBeyondBound(text: string): void {
    const waiting = this.#text.length + (this.#rest?.length ?? 0);
    if (waiting + text.length <= this.#options.bytes * KEEP_FACTOR) return;
    throw new DeliveryError(`${this.#records} records already wait for the file: this one is lost`);
  }

  #writeRest(): void {
    const rest = this.#rest;
    if (rest === undefined) return;
    this.#rest = undefined;
    this.#write(rest);
  }

  #write(bytes: string | Buffer): void {
    if (bytes.length === 0) return;
    try {
      this.#file.append(bytes);
      this.#cut = false;
    } catch (error) {
      const written = error instanceof IncompleteWriteError ? error.written : 0;
      const all = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
      this.#rest = all.subarray(written);
      this.#cut ||= written > 0;
      throw error instanceof IncompleteWriteError ? error.cause : error;
    }
  }

  #startTimer(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = undefined;
      try {
        this.flush();
      } catch (error) {
        this.#options.onError(error);
      }
    }, this.#options.intervalMs).unref();
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
