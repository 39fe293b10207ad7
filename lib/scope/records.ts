/** The records that a scope holds back, for each of their targets; the only place where a count of records changes. */
import { handOverAll } from '../core/hand-over';
import type { Handler } from '../core/handler';
import { DEBUG } from '../core/level';
import { LogRecord } from '../core/log-record';
import type { RecordContext } from '../core/record-context';
import { counts } from './counts';
import type { CompiledScopeOptions } from './options';
import { RingBuffer } from './ring-buffer';
import { takeSnapshot } from './snapshot';

/** What a scope knows of the handler that routes records to it. */
export interface ScopeSink {
  /** Where records end up. */
  readonly target: Handler;
  /** Records at or above it are written at once. @defaultValue the scope's `passThroughLevel` */
  readonly ownPassThroughLevel: number | undefined;
  /** Other handlers route records to the same target, and a record may come by way of each of them. */
  readonly isShared: boolean;
  /**
   * Writes a record to the target, whatever the target's level, cut to `limit` if that is given. Never throws. A record of a
   * dump may be written, and cut, in a later turn.
   */
  write(record: LogRecord, limit?: number): void;
}

/** Counts the records of several scopes together. */
export interface RecordTotal {
  records: number;
}

/** Who holds the records. */
export interface RecordHolder {
  readonly options: CompiledScopeOptions;
  /** Where the records of the holder are counted beside `counts`. */
  readonly list: RecordTotal | undefined;
}

/** Who adopts the records that another holder held. */
export interface RecordAdopter {
  adopt(record: LogRecord, sink: ScopeSink): void;
  addMissing(sink: ScopeSink, count: number): void;
}

/** How a dump marks what it writes. */
export interface DumpMark {
  readonly scope: string;
  readonly reason: string;
  /** Longest message or field. */
  readonly limit: number;
  /** Makes the record that stands in front, given the first of so many that follow. */
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

/** Takes back the count of what a holder held that is gone without an end. */
export function forget({ records }: RecordTotal): void {
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

/** Made with the first record that a scope holds. */
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

  /** Holds a record whose arguments need no copy any more. */
  keep(record: LogRecord, sink: ScopeSink): number {
    const { first } = this;
    const records = first !== undefined && first.sink === sink ? first : this.recordsFor(sink);
    if (records.push(record) === 1) this.count(1);
    else countEvicted();
    return records.size;
  }

  /** Whether the record is held for the same target already. */
  has(record: LogRecord, { target }: ScopeSink): boolean {
    for (let at = this.first; at !== undefined; at = at.next)
      if (at.sink.target === target && at.has(record)) return true;
    return false;
  }

  /** Another handler over the same target writes the record now: it is not held any more. */
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

  /** Applies a changed capacity of the holder; records beyond it are evicted. */
  fit(): void {
    for (let at = this.empty(); at !== undefined; at = at.next) {
      const { sink } = at;
      const { records, evicted } = at.drain();
      for (const record of records) this.keep(record, sink);
      this.addMissing(sink, evicted);
    }
  }

  /** So many records are missing that were held elsewhere; the gap in a dump includes them. */
  addMissing(sink: ScopeSink, count: number): void {
    if (count > 0) this.recordsFor(sink).missed(count);
  }

  /** The records for the first target, in order. */
  peek(): readonly LogRecord[] {
    return this.first?.peek() ?? [];
  }

  discard(): void {
    counts.dropped += this.size;
    this.empty();
  }

  /** Writes everything in order, marked, and calls `onWrite` with each record. Returns how many were written. */
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
        // A record for several targets is noted, and cut, for the first of them.
        const isFirst = record.hindsight === undefined;
        record.hindsight = label;
        if (isFirst) onWrite(record);
        sink.write(record, isFirst ? mark.limit : undefined);
      });
      // Everything after the first records is gone, so the gap is at the end.
      if (evicted > 0 && gapAt === records.length) sink.write(gapMarker(records.at(-1), mark, evicted));
      written += records.length;
    }
    counts.dumped += written;
    return written;
  }

  /** Writes the records that pass their target's own level and drops the rest: a success with nothing passed through. */
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

  /** Hands everything over, target by target, without counting it as written or dropped. */
  moveTo(adopter: RecordAdopter): void {
    for (let at = this.empty(); at !== undefined; at = at.next) {
      const { sink } = at;
      const { records, evicted } = at.drain();
      for (const record of records) adopter.adopt(record, sink);
      adopter.addMissing(sink, evicted);
    }
  }

  /** Hands everything to a scope of another copy of the package. */
  routeTo(scope: RecordContext): void {
    for (let at = this.empty(); at !== undefined; at = at.next) {
      const { sink } = at;
      handOverAll(at.drain().records, (record) => scope.route?.(record, sink));
    }
  }

  /** Although the record may be on its way to several targets. With one target, there is nothing to remember. */
  private copyOnce(record: LogRecord): void {
    if (this.first?.next !== undefined) {
      if (this.copied === record) return;
      this.copied = record;
    }
    takeSnapshot(record, this.holder.options.snapshot);
  }

  /** By target: what comes by way of several handlers keeps its order. */
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
