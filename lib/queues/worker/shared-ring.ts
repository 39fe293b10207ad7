/** A ring of texts in memory that two threads share: one writes, one reads, neither waits for a lock. */

/** Of a text: its bytes, and its number. */
const HEADER = 8;
/** In place of a length: the next text is at the beginning. */
const WRAP = -1;
/** Before the texts. */
const CELLS_BYTES = 64;

/** What the threads tell one another, by index. A thread that is terminated between two of them must leave no contradiction. */
const CELL = {
  /** Offset of the first text that is not released. Moved by the reader only, and by the writer when there is no reader. */
  head: 0,
  /** Offset behind the last text. Moved by the writer only. Equal to `head`: the ring is empty. */
  tail: 1,
  /** Number of the last text that was written. */
  written: 8,
  /** Number of the last text that was released. */
  released: 2,
  /** 1 while the reader sleeps. */
  idle: 3,
  /** 1 while the writer waits for room. */
  waiting: 4,
  /** Number of the last flush that the reader has finished. */
  flushed: 5,
  /** Number of the reader that may read: an earlier one that is still there must not. */
  generation: 6,
  /** Number of the last reader that was set up. */
  ready: 7,
} as const;

/** One text and where the next begins. */
export interface Frame {
  readonly text: string;
  readonly number: number;
  readonly next: number;
}

/**
 * Texts stay in the ring until they are released, so a reader that dies loses none: the next one begins at the first that
 * was not released. The bytes are what bounds it.
 */
export class SharedRing {
  /** Handed to the other thread, which makes a SharedRing of it. */
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

  /** The memory is taken from the system as it is used. */
  static ofBytes(bytes: number): SharedRing {
    // Texts begin at multiples of four.
    return new SharedRing(new SharedArrayBuffer(CELLS_BYTES + (bytes & ~3)));
  }

  /** Bytes of the longest text that always finds room once the reader has caught up. */
  get maxTextBytes(): number {
    return (this.#bytes.length >> 1) - 2 * HEADER;
  }

  // --- the writer ---

  /** Puts a text in; false when there is no room for it. */
  write(text: string): boolean {
    // Three bytes a character at most: counting them exactly is only worth it when the ring is nearly full.
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
    // Last: what the reader finds before the tail is complete.
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

  /** True once for each time that the reader went to sleep. */
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

  /** A number that is not the same while the reader gets on. */
  get progress(): number {
    return this.#get(CELL.head);
  }

  /** Only the reader of this number may read from now on. */
  admit(generation: number): void {
    this.#set(CELL.generation, generation);
    this.#set(CELL.idle, 0);
  }

  isReady(generation: number): boolean {
    return this.#get(CELL.ready) === generation;
  }

  /** Releases the first text unread. Only while there is no reader. */
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

  /** The text, and those before it, need not be kept. */
  release({ next, number }: Frame): void {
    this.#set(CELL.head, next);
    // Absolute, so that a reader that is terminated right here leaves nothing that the next release does not put right.
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

  /** Of flushes that overlap, an earlier one may end later: it was done when the later one was. */
  setFlushed(id: number): void {
    if (((id - this.#get(CELL.flushed)) | 0) > 0) this.#set(CELL.flushed, id);
    Atomics.notify(this.#cells, CELL.flushed);
  }

  /** Offset for a text of so many bytes, or -1. The tail never reaches the end or, from behind, the head. */
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

/** Whether a text was written no later than another; numbers wrap around. */
export function isAtMost(number: number, other: number | undefined): boolean {
  return other !== undefined && ((number - other) | 0) <= 0;
}

/** Offset behind a text. */
function endOf(at: number, bytes: number): number {
  return (at + HEADER + bytes + 3) & ~3;
}
