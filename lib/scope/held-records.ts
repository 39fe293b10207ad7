/** The records one scope holds back, for each of the targets they were on their way to. */
import { DEBUG } from '../core/level';
import { handOverAll } from '../core/hand-over';
import { LogRecord } from '../core/log-record';
import type { RecordContext } from '../core/record-context';
import { HeldCount } from './held-count';
import { RingBuffer } from './ring-buffer';
import type { CompiledScopeOptions } from './scope-options';
import type { ScopeSink } from './scope-sink';
import { scopeRegistry } from './scope-registry';
import { takeSnapshot } from './snapshot';

interface HeldFor {
  readonly sink: ScopeSink;
  readonly buffer: RingBuffer;
}

/** Who takes over what another holder held. */
export interface RecordTaker {
  take(record: LogRecord, sink: ScopeSink): void;
  missed(sink: ScopeSink, count: number): void;
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

/** The records, in step with the count of them. */
export class HeldRecords {
  /** Nearly always one target, so a list. */
  #for: HeldFor[] = [];
  /** Outlives the records, so that the process-wide count can be put right when a scope is collected unsettled. */
  readonly count = new HeldCount();
  /** The record whose arguments were copied last. */
  #copied: LogRecord | undefined;

  get size(): number {
    return this.count.held;
  }

  hold(record: LogRecord, sink: ScopeSink, options: CompiledScopeOptions): void {
    if (record.args.length > 0 || typeof record.msg !== 'string') this.#copyOnce(record, options);
    this.keep(record, sink, options);
  }

  /** Holds a record whose arguments need no copy any more. */
  keep(record: LogRecord, sink: ScopeSink, options: CompiledScopeOptions): void {
    const first = this.#for[0];
    const buffer = first !== undefined && first.sink === sink ? first.buffer : this.#bufferFor(sink, options);
    if (buffer.push(record) === 1) this.count.add(1);
    else this.#evicted();
  }

  /** Whether the record is held for the same target already. */
  has(record: LogRecord, { target }: ScopeSink): boolean {
    return this.#for.some(({ sink, buffer }) => sink.target === target && buffer.has(record));
  }

  /** Another handler over the same target writes the record now: it is not held any more. */
  release(record: LogRecord, { target }: ScopeSink): void {
    for (const { sink, buffer } of this.#for)
      if (sink.target === target && buffer.removeNewest(record)) this.count.add(-1);
  }

  /** True if a record gave way. */
  evict(which: 'oldest' | 'newest'): boolean {
    for (const { buffer } of this.#for) {
      if (!(which === 'oldest' ? buffer.evictOldest() : buffer.evictNewest())) continue;
      this.count.add(-1);
      this.#evicted();
      return true;
    }
    return false;
  }

  /** Takes over another capacity; records beyond it give way. */
  fit(options: CompiledScopeOptions): void {
    for (const { sink, buffer } of this.#empty()) {
      const { records, evicted } = buffer.drain();
      for (const record of records) this.keep(record, sink, options);
      this.missed(sink, evicted, options);
    }
  }

  /** So many records are missing that were held elsewhere; their gap is shown with the own one. */
  missed(sink: ScopeSink, count: number, options: CompiledScopeOptions): void {
    if (count > 0) this.#bufferFor(sink, options).missed(count);
  }

  /** The records for the first target, in order. */
  peek(): readonly LogRecord[] {
    return this.#for[0]?.buffer.peek() ?? [];
  }

  discard(): void {
    scopeRegistry.dropped += this.size;
    this.#empty();
  }

  /** Writes everything in order, marked, and calls `onWrite` with each record. Returns how many were written. */
  writeAll(mark: DumpMark, onWrite: (record: LogRecord) => void): number {
    const all = this.#empty();
    let written = 0;
    for (const { sink, buffer } of all) {
      const { records, gapAt, evicted } = buffer.drain();
      const label = { scope: mark.scope, reason: mark.reason };
      const opening = records[0] && mark.heading?.(records[0], records.length, evicted);
      if (opening !== undefined) sink.write(opening, mark.limit);
      handOverAll(records, (record, i) => {
        if (evicted > 0 && i === gapAt) sink.write(gapMarker(record, mark, evicted));
        // A record for several targets is noted, and cut, for the first of them.
        const first = record.hindsight === undefined;
        record.hindsight = label;
        if (first) onWrite(record);
        sink.write(record, first ? mark.limit : undefined);
      });
      // Everything after the first records is gone, so the gap is at the end.
      if (evicted > 0 && gapAt === records.length) sink.write(gapMarker(records.at(-1), mark, evicted));
      written += records.length;
    }
    scopeRegistry.dumped += written;
    return written;
  }

  /** Writes the records that pass their target's own level and drops the rest: a success with nothing passed through. */
  writeByLevel(): void {
    for (const { sink, buffer } of this.#empty()) {
      handOverAll(buffer.drain().records, (record) => {
        if (record.levelno < sink.target.level) {
          scopeRegistry.dropped++;
          return;
        }
        scopeRegistry.passed++;
        sink.write(record);
      });
    }
  }

  /** Hands everything over, target by target, without counting it as written or dropped. */
  moveTo(taker: RecordTaker): void {
    for (const { sink, buffer } of this.#empty()) {
      const { records, evicted } = buffer.drain();
      for (const record of records) taker.take(record, sink);
      taker.missed(sink, evicted);
    }
  }

  /** Hands everything to a scope of another copy of the package. */
  routeTo(scope: RecordContext): void {
    for (const { sink, buffer } of this.#empty())
      handOverAll(buffer.drain().records, (record) => scope.route?.(record, sink));
  }

  /** Although the record may be on its way to several targets. With one, there is nothing to remember. */
  #copyOnce(record: LogRecord, options: CompiledScopeOptions): void {
    if (this.#for.length > 1) {
      if (this.#copied === record) return;
      this.#copied = record;
    }
    takeSnapshot(record, options.snapshot);
  }

  #bufferFor(sink: ScopeSink, options: CompiledScopeOptions): RingBuffer {
    // By target: what comes by way of several handlers keeps its order.
    for (const held of this.#for) if (held.sink.target === sink.target) return held.buffer;
    const buffer = new RingBuffer(options.capacity, options.keepFirst);
    this.#for.push({ sink, buffer });
    return buffer;
  }

  #empty(): readonly HeldFor[] {
    const all = this.#for;
    this.#for = [];
    this.#copied = undefined;
    this.count.add(-this.size);
    return all;
  }

  #evicted(): void {
    scopeRegistry.evicted++;
    scopeRegistry.dropped++;
  }
}
