/**
 * A ring of texts in memory that two threads share, and the queue that reads it. One thread writes, one reads, neither
 * waits for a lock.
 */
import { diagnostics } from '../../core/diagnostics';
import type { LogRecord } from '../../core/log-record';
import { ConfigurationError } from '../../errors';
import type { Delivery, LogQueue } from '../log-queue';
import { decodeRecord } from '../record-data';

/** Bytes before a text: its length and its number. */
const HEADER = 8;
/** Instead of a length, means that the next text is at the beginning of the ring. */
const WRAP = -1;
/** Bytes of the cells, which are before the texts. */
const CELLS_BYTES = 64;

/** Cells with which the threads communicate. They stay consistent if a thread is terminated between two writes. */
const CELL = {
  /** Offset of the first text that is not released. Moved by the reader, or by the writer if there is no reader. */
  head: 0,
  /** Offset after the last text. Moved by the writer only. If equal to `head`, the ring is empty. */
  tail: 1,
  /** Number of the last text that was written. */
  written: 8,
  /** Number of the last text that was released. */
  released: 2,
  /** 1 while the reader sleeps. */
  idle: 3,
  /** 1 while the writer waits for space. */
  waiting: 4,
  /** Number of the last flush that the reader has finished. */
  flushed: 5,
  /** Number of the current reader. An earlier reader that still runs must not read. */
  generation: 6,
  /** Number of the last reader that was set up. */
  ready: 7,
} as const;

/** A text and the offset of the next one. */
export interface Frame {
  readonly text: string;
  readonly number: number;
  readonly next: number;
}

/**
 * Texts stay in the ring until they are released. If a reader dies, the next one starts at the first text that was not
 * released, so no text is lost. The ring has a fixed size in bytes.
 */
export class SharedRing {
  /** The memory. The other thread creates a SharedRing from it. */
  readonly shared: SharedArrayBuffer;
  readonly #cells: Int32Array;
  readonly #words: Int32Array;
  readonly #bytes: Buffer;

  constructor(shared: SharedArrayBuffer) {
    this.shared = shared;
    this.#cells = new Int32Array(shared, 0, CELLS_BYTES / 4);
    this.#words = new Int32Array(shared, CELLS_BYTES);
    this.#bytes = Buffer.from(shared, CELLS_BYTES);
  }

  /** The system allocates the memory when it is used. */
  static ofBytes(bytes: number): SharedRing {
    // Texts begin at multiples of four.
    return new SharedRing(new SharedArrayBuffer(CELLS_BYTES + (bytes & ~3)));
  }

  /** Bytes of the longest text that always fits when the ring is empty. */
  get maxTextBytes(): number {
    return (this.#bytes.length >> 1) - 2 * HEADER;
  }

  // --- the writer ---

  /** Adds a text. Returns false if there is no space for it. */
  write(text: string): boolean {
    // A character has at most three bytes. The exact count is only needed if the ring is nearly full.
    let at = this.#placeFor(text.length * 3);
    if (at < 0) at = this.#placeFor(Buffer.byteLength(text));
    if (at < 0) return false;
    const tail = this.#get(CELL.tail);
    if (at !== tail) this.#words[tail >> 2] = WRAP;
    const length = this.#bytes.write(text, at + HEADER, 'utf8');
    this.#words[at >> 2] = length;
    const number = (this.written + 1) | 0;
    this.#words[(at >> 2) + 1] = number;
    this.#set(CELL.written, number);
    // Last, so that all texts before the tail are complete.
    this.#set(CELL.tail, endOf(at, length));
    return true;
  }

  /** Texts that are not released. */
  get size(): number {
    return this.isEmpty ? 0 : (this.written - this.#get(CELL.released)) | 0;
  }

  /** Number of the last text that was written. */
  get written(): number {
    return this.#get(CELL.written);
  }

  /** Whether this text and those before it were released. */
  isReleased(number: number): boolean {
    return this.isEmpty || isAtMost(number, this.#get(CELL.released));
  }

  get isEmpty(): boolean {
    return this.#get(CELL.head) === this.#get(CELL.tail);
  }

  /** True once each time the reader goes to sleep. */
  takeIdle(): boolean {
    return this.#get(CELL.idle) === 1 && Atomics.exchange(this.#cells, CELL.idle, 0) === 1;
  }

  /** Blocks the thread until the reader releases a text, or `ms` have passed. */
  waitForRelease(ms: number): void {
    const head = this.#get(CELL.head);
    this.#set(CELL.waiting, 1);
    Atomics.wait(this.#cells, CELL.head, head, ms);
    this.#set(CELL.waiting, 0);
  }

  /** Blocks the thread until the reader has finished this flush or a later one, or `ms` have passed. */
  waitForFlush(id: number, ms: number): boolean {
    const flushed = this.#get(CELL.flushed);
    if (((id - flushed) | 0) > 0) Atomics.wait(this.#cells, CELL.flushed, flushed, ms);
    return ((id - this.#get(CELL.flushed)) | 0) <= 0;
  }

  /** A number that changes while the reader makes progress. */
  get progress(): number {
    return this.#get(CELL.head);
  }

  /** From now on, only the reader with this number may read. */
  admit(generation: number): void {
    this.#set(CELL.generation, generation);
    this.#set(CELL.idle, 0);
  }

  isReady(generation: number): boolean {
    return this.#get(CELL.ready) === generation;
  }

  /** Releases the first text without reading it. Call it only while there is no reader. */
  skip(): void {
    const frame = this.frameAt(this.head);
    if (frame !== undefined) this.release(frame);
  }

  // --- the reader ---

  get head(): number {
    return this.#get(CELL.head);
  }

  get generation(): number {
    return this.#get(CELL.generation);
  }

  /** The text at an offset; undefined at the tail. */
  frameAt(offset: number): Frame | undefined {
    if (offset === this.#get(CELL.tail)) return undefined;
    const at = this.#words[offset >> 2] === WRAP ? 0 : offset;
    const length = this.#words[at >> 2] as number;
    const start = at + HEADER;
    return {
      text: this.#bytes.toString('utf8', start, start + length),
      number: this.#words[(at >> 2) + 1] as number,
      next: endOf(at, length),
    };
  }

  /** Releases this text and those before it. */
  release({ next, number }: Frame): void {
    this.#set(CELL.head, next);
    // An absolute value: if the reader is terminated here, the next release corrects it.
    this.#set(CELL.released, number);
    if (this.#get(CELL.waiting) === 1) Atomics.notify(this.#cells, CELL.head);
  }

  /** False when there is something to read after all. */
  goIdle(offset: number): boolean {
    this.#set(CELL.idle, 1);
    // Looked at again: the writer may have written before it could see the reader asleep.
    if (offset === this.#get(CELL.tail)) return true;
    this.#set(CELL.idle, 0);
    return false;
  }

  setReady(generation: number): void {
    this.#set(CELL.ready, generation);
  }

  /** If flushes overlap, an earlier one may end later, so the number never decreases. */
  setFlushed(id: number): void {
    if (((id - this.#get(CELL.flushed)) | 0) > 0) this.#set(CELL.flushed, id);
    Atomics.notify(this.#cells, CELL.flushed);
  }

  /** Offset for a text of this many bytes, or -1. The tail never reaches the end or the head. */
  #placeFor(bytes: number): number {
    const need = endOf(0, bytes);
    const head = this.#get(CELL.head);
    const tail = this.#get(CELL.tail);
    if (tail < head) return head - tail > need ? tail : -1;
    if (this.#bytes.length - tail > need) return tail;
    return head > need ? 0 : -1;
  }

  #get(cell: number): number {
    return Atomics.load(this.#cells, cell);
  }

  #set(cell: number, value: number): void {
    Atomics.store(this.#cells, cell, value);
  }
}

/** Whether the text `number` was written before `other` or is the same. Numbers wrap around. */
export function isAtMost(number: number, other: number | undefined): boolean {
  return other !== undefined && ((number - other) | 0) <= 0;
}

/** Offset after a text. */
function endOf(at: number, bytes: number): number {
  return (at + HEADER + bytes + 3) & ~3;
}

/** Maximum records of one `dequeue`. */
const BATCH = 500;
/** Maximum characters of one `dequeue`, so that large records do not fill the worker's memory. */
const BATCH_CHARACTERS = 256 * 1024;

/**
 * Reads a ring from the first record that was not acknowledged, until another reader replaces it. It has no `dequeueSync`:
 * when its thread ends, the other records stay in the ring for the next reader.
 */
export class RingReaderQueue implements LogQueue {
  readonly #ring: SharedRing;
  readonly #generation: number;
  readonly #aloneUpTo: number | undefined;
  #at: number;
  #closed = false;
  #wake: (() => void) | undefined;

  /** Each record up to the number `aloneUpTo` is delivered in its own batch. */
  constructor(ring: SharedRing, generation: number, aloneUpTo?: number) {
    this.#ring = ring;
    this.#generation = generation;
    this.#aloneUpTo = aloneUpTo;
    this.#at = ring.head;
  }

  /** 1 if there is a record, else 0. Only the writer knows the count. */
  get size(): number {
    return this.#ring.frameAt(this.#at) === undefined ? 0 : 1;
  }

  /** @throws ConfigurationError, since records come from the other thread. */
  enqueue(_record: LogRecord): void {
    throw new ConfigurationError('RingReaderQueue: records come from the other end of the ring.');
  }

  async dequeue(signal: AbortSignal): Promise<readonly Delivery[] | undefined> {
    while (!this.#isOver && !signal.aborted && this.#ring.goIdle(this.#at)) await this.#message(signal);
    return this.#isOver ? undefined : this.#take();
  }

  #take(): readonly Delivery[] {
    const batch: Delivery[] = [];
    for (let taken = 0, characters = 0; taken < BATCH && characters < BATCH_CHARACTERS; taken++) {
      const frame = this.#ring.frameAt(this.#at);
      if (frame === undefined) break;
      characters = isAtMost(frame.number, this.#aloneUpTo) ? Infinity : characters + frame.text.length;
      this.#at = frame.next;
      const ack = (): void => {
        if (!this.#isOver) this.#ring.release(frame);
      };
      const record = this.#decode(frame.text);
      if (record === undefined) ack();
      else batch.push({ record, ack });
    }
    return batch;
  }

  /** Called when the writer has added a record or sent a message. */
  wake(): void {
    this.#wake?.();
  }

  close(): void {
    this.#closed = true;
    this.wake();
  }

  get #isOver(): boolean {
    return this.#closed || this.#ring.generation !== this.#generation;
  }

  #decode(text: string): LogRecord | undefined {
    try {
      return decodeRecord(text);
    } catch (error) {
      diagnostics.report({ source: 'WorkerQueue', what: 'a record could not be read', error });
      return undefined;
    }
  }

  #message(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#wake = undefined;
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
