/** The records that a scope holds for each target. Only this file changes the counts of records. */
import { handOverAll } from '../core/hand-over';
import type { Handler } from '../core/handler';
import { DEBUG } from '../core/level';
import { LogRecord } from '../core/log-record';
import type { RecordContext } from '../core/record-context';
import { counts } from './counts';
import type { CompiledScopeOptions } from './options';
import { RingBuffer } from './ring-buffer';
import { takeSnapshot } from './snapshot';

/** The part of a HindsightHandler that a scope needs. */
export interface ScopeSink {
  /** The handler that writes the records. */
  readonly target: Handler;
  /** Records at or above it are written at once. @defaultValue the scope's `passThroughLevel` */
  readonly ownPassThroughLevel: number | undefined;
  /** Several handlers have the same target, so a record may come from each of them. */
  readonly isShared: boolean;
  /**
   * Writes a record to the target, ignoring the target's level, and cut to `limit` if that is given. Never throws. A record of a
   * dump may be written, and cut, in a later turn of the event loop.
   */
  write(record: LogRecord, limit?: number): void;
}

/** The number of records of several scopes together. */
export interface RecordTotal {
  records: number;
}

/** The scope that holds the records. */
export interface RecordHolder {
  readonly options: CompiledScopeOptions;
  /** A second place, besides `counts`, where the records of the scope are counted. */
  readonly list: RecordTotal | undefined;
}

/** The scope that takes the records of another scope. */
export interface RecordAdopter {
  adopt(record: LogRecord, sink: ScopeSink): void;
  addMissing(sink: ScopeSink, count: number): void;
}

/** The mark of a dump on its records, and the function that creates its heading. */
export interface DumpMark {
  readonly scope: string;
  readonly reason: string;
  /** Maximum length of a message or field. */
  readonly limit: number;
  /** Creates the heading from the first record and the numbers of records and missing records. */
  readonly heading?: ((first: LogRecord, records: number, missing: number) => LogRecord) | undefined;
}

export function countPassed(): void {
  counts.passed++;
}

export function countDropped(): void {
  counts.dropped++;
}

function countEvicted(): void {
  counts.evicted++;
  counts.dropped++;
}

/** Counts the records of a scope that was garbage collected as dropped. */
export function dropCollected({ records }: RecordTotal): void {
  counts.dropped += records;
  counts.held -= records;
}

function gapMarker(near: LogRecord | undefined, mark: DumpMark, dropped: number): LogRecord {
  const marker = new LogRecord(
    'nestjs-hindsight',
    DEBUG,
    '%d records are missing here: the scope was full',
    [dropped],
    near?.created ?? Date.now() / 1000,
  );
  marker.context = near?.context;
  marker.hindsight = { scope: mark.scope, reason: mark.reason, dropped };
  return marker;
}

/** The records for one target. Nearly every scope has one target. */
class TargetRecords extends RingBuffer {
  readonly sink: ScopeSink;
  next: TargetRecords | undefined = undefined;

  constructor(sink: ScopeSink, { capacity, keepFirst }: CompiledScopeOptions) {
    super(capacity, keepFirst);
    this.sink = sink;
  }
}

/** Created with the first record that a scope holds. */
export class HeldRecords {
  private readonly holder: RecordHolder;
  private first: TargetRecords | undefined = undefined;
  /** The record whose arguments were copied last. */
  private copied: LogRecord | undefined = undefined;

  constructor(holder: RecordHolder) {
    this.holder = holder;
  }

  /** Records held now, for all targets together. */
  get size(): number {
    let size = 0;
    for (let at = this.first; at !== undefined; at = at.next) size += at.size;
    return size;
  }

  /** Holds a record, with a copy of its arguments. Returns how many records are held for the same target. */
  hold(record: LogRecord, sink: ScopeSink): number {
    if (record.args.length > 0 || typeof record.msg !== 'string') this.copyOnce(record);
    return this.keep(record, sink);
  }

  /** Holds a record whose arguments are already copied. */
  keep(record: LogRecord, sink: ScopeSink): number {
    const { first } = this;
    const records = first !== undefined && first.sink === sink ? first : this.recordsFor(sink);
    if (records.push(record) === 1) this.count(1);
    else countEvicted();
    return records.size;
  }

  /** Whether the record is already held for this target. */
  has(record: LogRecord, { target }: ScopeSink): boolean {
    for (let at = this.first; at !== undefined; at = at.next)
      if (at.sink.target === target && at.has(record)) return true;
    return false;
  }

  /** Removes a record that another handler with the same target writes now. */
  release(record: LogRecord, { target }: ScopeSink): void {
    for (let at = this.first; at !== undefined; at = at.next)
      if (at.sink.target === target && at.removeNewest(record)) this.count(-1);
  }

  /** Evicts one record; false if there is no such record. */
  evict(which: 'oldest' | 'newest'): boolean {
    for (let at = this.first; at !== undefined; at = at.next) {
      if (!(which === 'oldest' ? at.evictOldest() : at.evictNewest())) continue;
      this.count(-1);
      countEvicted();
      return true;
    }
    return false;
  }

  /** Applies a changed capacity; records beyond it are evicted. */
  fit(): void {
    for (let at = this.empty(); at !== undefined; at = at.next) {
      const { sink } = at;
      const { records, evicted } = at.drain();
      for (const record of records) this.keep(record, sink);
      this.addMissing(sink, evicted);
    }
  }

  /** Adds records that another scope has evicted to the number of missing records. */
  addMissing(sink: ScopeSink, count: number): void {
    if (count > 0) this.recordsFor(sink).addMissing(count);
  }

  /** The records for the first target, in order. */
  peek(): readonly LogRecord[] {
    return this.first?.peek() ?? [];
  }

  discard(): void {
    counts.dropped += this.size;
    this.empty();
  }

  /** Writes all records in order with the mark, and calls `onWrite` with each. Returns the number of written records. */
  writeAll(mark: DumpMark, onWrite: (record: LogRecord) => void): number {
    let written = 0;
    for (let at = this.empty(); at !== undefined; at = at.next) {
      const { sink } = at;
      const { records, gapAt, evicted } = at.drain();
      const label = { scope: mark.scope, reason: mark.reason };
      const opening = records[0] && mark.heading?.(records[0], records.length, evicted);
      if (opening !== undefined) sink.write(opening, mark.limit);
      handOverAll(records, (record, i) => {
        if (evicted > 0 && i === gapAt) sink.write(gapMarker(record, mark, evicted));
        // For a record with several targets, this is done only once.
        const isFirst = record.hindsight === undefined;
        record.hindsight = label;
        if (isFirst) onWrite(record);
        sink.write(record, isFirst ? mark.limit : undefined);
      });
      // All records after the first ones were evicted, so the gap is at the end.
      if (evicted > 0 && gapAt === records.length) sink.write(gapMarker(records.at(-1), mark, evicted));
      written += records.length;
    }
    counts.dumped += written;
    return written;
  }

  /** Writes the records that pass the level of their target and drops the rest; for a success with `passThroughLevel: null`. */
  writeByLevel(): void {
    for (let at = this.empty(); at !== undefined; at = at.next) {
      const { sink } = at;
      handOverAll(at.drain().records, (record) => {
        if (record.levelno < sink.target.level) return countDropped();
        countPassed();
        sink.write(record);
      });
    }
  }

  /** Moves all records to another scope, without counting them as written or dropped. */
  moveTo(adopter: RecordAdopter): void {
    for (let at = this.empty(); at !== undefined; at = at.next) {
      const { sink } = at;
      const { records, evicted } = at.drain();
      for (const record of records) adopter.adopt(record, sink);
      adopter.addMissing(sink, evicted);
    }
  }

  /** Moves all records to a scope of another copy of the package. */
  routeTo(scope: RecordContext): void {
    for (let at = this.empty(); at !== undefined; at = at.next) {
      const { sink } = at;
      handOverAll(at.drain().records, (record) => scope.route?.(record, sink));
    }
  }

  /** Copies the arguments only once if the record goes to several targets. */
  private copyOnce(record: LogRecord): void {
    if (this.first?.next !== undefined) {
      if (this.copied === record) return;
      this.copied = record;
    }
    takeSnapshot(record, this.holder.options.snapshot);
  }

  /** Finds the records by target, not by handler, so that records from several handlers keep their order. */
  private recordsFor(sink: ScopeSink): TargetRecords {
    let last: TargetRecords | undefined;
    for (let at = this.first; at !== undefined; at = at.next) {
      if (at.sink.target === sink.target) return at;
      last = at;
    }
    const records = new TargetRecords(sink, this.holder.options);
    if (last === undefined) this.first = records;
    else last.next = records;
    return records;
  }

  private empty(): TargetRecords | undefined {
    const all = this.first;
    this.count(-this.size);
    this.first = undefined;
    this.copied = undefined;
    return all;
  }

  private count(by: number): void {
    counts.held += by;
    const { list } = this.holder;
    if (list !== undefined) list.records += by;
  }
}
