/** A bounded buffer of records: it keeps the first few records and the newest ones. */
import type { LogRecord } from '../core/log-record';

/** Keeps the order of arrival. The oldest record after the first few is evicted. */
export class RingBuffer {
  private readonly capacity: number;
  private keepFirst: number;
  /** The first records, then the ring. Grows by `push`, so that a small request has a small array. */
  private items: (LogRecord | undefined)[] = [];
  /** Offset in the ring of its oldest record. */
  private start = 0;
  private count = 0;
  private missing = 0;

  constructor(capacity: number, keepFirst: number) {
    this.capacity = capacity;
    this.keepFirst = keepFirst;
  }

  get size(): number {
    return this.count;
  }

  get evicted(): number {
    return this.missing;
  }

  /** Returns by how many the number of records grew: 1, or 0 if an older record, or this one, was evicted. */
  push(record: LogRecord): 0 | 1 {
    // The ring has not wrapped yet, and there is room.
    if (this.count < this.capacity && this.count === this.items.length) {
      this.items.push(record);
      this.count++;
      return 1;
    }
    return this.pushToRing(record);
  }

  /** Evicts the oldest record after the first ones, to make room for another scope. False if there is no such record. */
  evictOldest(): boolean {
    if (this.count <= this.keepFirst) return false;
    this.items[this.keepFirst + this.start] = undefined;
    this.start = (this.start + 1) % (this.capacity - this.keepFirst);
    this.count--;
    this.missing++;
    return true;
  }

  /** Evicts the newest record if only first records are left; `keepFirst` shrinks with it. */
  evictNewest(): boolean {
    if (this.count === 0 || this.count > this.keepFirst) return this.evictOldest();
    this.count--;
    this.items.length = this.count;
    this.keepFirst = this.count;
    this.start = 0;
    this.missing++;
    return true;
  }

  /** Whether it holds the record. Searches from the end, back to the first record with a smaller `seq`. */
  has(record: LogRecord): boolean {
    for (let at = this.count - 1; at >= 0; at--) {
      const held = this.at(at);
      if (held === record) return true;
      if (held === undefined || held.seq < record.seq) return false;
    }
    return false;
  }

  /** Removes the record if it is the newest. It does not count as evicted. */
  removeNewest(record: LogRecord): boolean {
    if (this.count === 0 || this.at(this.count - 1) !== record) return false;
    const place = --this.count;
    if (place > this.keepFirst && this.start > 0) {
      this.items[this.indexOf(place)] = undefined;
      return true;
    }
    // The ring is empty, or has not wrapped: the array ends here.
    this.items.length = place;
    this.start = 0;
    return true;
  }

  /** Counts records that were evicted elsewhere. */
  addMissing(count: number): void {
    this.missing += count;
  }

  /** The records in order; `gapAt` is the index before which `evicted` records are missing. Empties the buffer. */
  drain(): { readonly records: readonly LogRecord[]; readonly gapAt: number; readonly evicted: number } {
    const evicted = this.missing;
    const records = this.peek();
    const gapAt = Math.min(this.keepFirst, records.length);
    this.clear();
    return { records, gapAt, evicted };
  }

  /** The records in order, without removing them. */
  peek(): readonly LogRecord[] {
    return this.start === 0 && this.count === this.items.length
      ? (this.items as LogRecord[])
      : this.inOrder();
  }

  clear(): void {
    this.items = [];
    this.start = 0;
    this.count = 0;
    this.missing = 0;
  }

  private inOrder(): LogRecord[] {
    const records = this.items.slice(0, Math.min(this.keepFirst, this.count)) as LogRecord[];
    for (let i = records.length; i < this.count; i++) {
      records.push(this.at(i) as LogRecord);
    }
    return records;
  }

  private indexOf(place: number): number {
    if (place < this.keepFirst) return place;
    const ring = this.capacity - this.keepFirst;
    return this.keepFirst + ((this.start + place - this.keepFirst) % ring);
  }

  private at(place: number): LogRecord | undefined {
    return this.items[this.indexOf(place)];
  }

  private pushToRing(record: LogRecord): 0 | 1 {
    const ring = this.capacity - this.keepFirst;
    if (ring === 0) {
      this.missing++;
      return 0;
    }
    const held = this.count - this.keepFirst;
    if (this.count < this.capacity) {
      // There is room because of evictOldest: the place after the newest record, which is the end of the array until the ring wraps.
      this.items[this.keepFirst + ((this.start + held) % ring)] = record;
      this.count++;
      return 1;
    }
    this.items[this.keepFirst + this.start] = record;
    this.start = (this.start + 1) % ring;
    this.missing++;
    return 0;
  }
}
