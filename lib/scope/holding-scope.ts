/** The part of a scope that decides about records: they are held, written at once, dumped or dropped. */
import type { LogRecord } from '../core/log-record';
import type { Manager } from '../core/manager';
import { ownRecord } from '../core/own-record';
import type { RecordContext } from '../core/record-context';
import { counts } from './counts';
import { announceDump, dumpMark } from './dump';
import { errorsIn, WrittenErrors } from './errors-seen';
import { limitHeld, type LiveScope } from './live';
import type { CompiledScopeOptions, ScopeKind } from './options';
import { countDropped, countPassed, HeldRecords, type ScopeSink } from './records';
import { UnitOfWork } from './unit-of-work';

/**
 * The state decides what happens to a record below the pass-through level:
 *
 *     holding ── dump(), force() ──────▶ passing    it is written at once
 *      │  ▲ ╰─── too many failures ────▶ flooded    it is dropped
 *      │  ╰───── configure(options) ─╮
 *      ╰──────── configure(false) ──▶ off           it is dropped
 *
 * `settle()` may end the work in each of these states. The scope then keeps its records for `lingerMs`, so that a late failure
 * can still dump them. After that it is `closed`, and its records are treated like records outside any scope.
 */
export type ScopeState = 'holding' | 'passing' | 'off' | 'flooded' | 'closed';

/** The part of a scope's place that is needed here. */
interface HoldingPlace {
  readonly options: CompiledScopeOptions;
  readonly tree: Manager;
}

/** A part of the work that is waited for, and that a dump mentions. See `operation.ts`. */
export interface RunningOperation {
  logPending(scope: HoldingScope): void;
}

/** The part of a scope that handles records; `LogScope` adds the failures. */
export abstract class HoldingScope extends UnitOfWork implements RecordContext, LiveScope {
  options: CompiledScopeOptions;
  /** The outer scope, until this scope expires. @internal */
  declare parent: HoldingScope | undefined;
  /** Started and not ended, in this scope and its inner scopes; at most `capacity`. @internal */
  operations: Set<RunningOperation> | undefined = undefined;
  protected state: ScopeState = 'holding';
  protected isSettled = false;
  protected heldRecords: HeldRecords | undefined = undefined;
  private wasDumped = false;
  private written: WrittenErrors | undefined = undefined;

  /** @internal */
  constructor(kind: ScopeKind, place: HoldingPlace, outer: RecordContext | undefined) {
    super(kind, place.tree, outer);
    this.options = place.options;
  }

  abstract get error(): unknown;

  /** Stops waiting for the work. @internal */
  abstract giveUp(): void;

  /** Calls the functions of the option `fields` of this scope and of its outer scopes. */
  protected abstract readFields(): void;

  /** Whether a record at `flushLevel` or above triggers a dump. */
  protected abstract isTriggeredBy(record: LogRecord): boolean;

  get settled(): boolean {
    return this.isSettled;
  }

  /** Records held now. */
  get held(): number {
    return this.heldRecords?.size ?? 0;
  }

  /** Whether all records are written at once, because the scope was dumped or forced. */
  get passesThrough(): boolean {
    return this.state === 'passing';
  }

  /** The records held for the first target, in order. */
  get records(): readonly LogRecord[] {
    return this.heldRecords?.peek() ?? [];
  }

  /** Writes or holds one record. Called by each HindsightHandler that gets the record. */
  route(given: LogRecord, sink: ScopeSink): void {
    const record = ownRecord(given);
    if (record.seq === 0) record.seq = ++this.work.seq;
    if (this.state !== 'holding') return this.passByState(record, sink);
    const { levelno } = record;
    const { holdBelow, flushLevel, passThroughLevel } = this.options;
    const ownLevel = sink.ownPassThroughLevel;
    if (levelno < holdBelow && ownLevel === undefined) return this.hold(record, sink, false);
    if (levelno >= flushLevel && this.isTriggeredBy(record)) return this.pass(record, sink);
    if (this.isHolding() && levelno < (ownLevel ?? passThroughLevel)) return this.hold(record, sink, false);
    this.passByState(record, sink);
  }

  /** Whether the Error was already written in this scope or in an inner one. */
  hasWritten(error: unknown): boolean {
    return (this.written ?? this.parent?.writtenErrors())?.has(error) ?? false;
  }

  /** Writes the held records, marked with the reason. Later records are written at once unless `afterFlush` is 'rearm'. */
  dump(reason: string, error: unknown = this.error): void {
    if (this.state === 'off' || this.state === 'closed') return;
    this.readFields();
    if (this.operations !== undefined) this.logRunning(this.operations);
    const isFirst = !this.wasDumped;
    this.wasDumped = true;
    if (isFirst) counts.dumps++;
    // Set before the target is called, so that a record that the target itself logs is not held.
    if (this.options.afterFlush === 'passthrough') this.state = 'passing';
    const mark = dumpMark(this, reason, error);
    const written = this.heldRecords?.writeAll(mark, (record) => this.beforeDump(record)) ?? 0;
    // After an ERROR record has dumped the scope, the end of the work may have nothing more to announce.
    if (isFirst || written > 0) announceDump(this, mark, written);
  }

  /** Dumps the scope and writes all later records at once. */
  force(reason: string): void {
    this.dump(reason);
    if (this.state === 'holding') this.state = 'passing';
  }

  /** Notes an operation until it ends or the scope is settled. @internal */
  addOperation(operation: RunningOperation): void {
    if (this.isSettled) return;
    const operations = (this.operations ??= new Set());
    if (operations.size < this.options.capacity) operations.add(operation);
  }

  /** Drops the held records. */
  discard(): void {
    this.heldRecords?.discard();
  }

  /** Evicts a record because all scopes together hold too many: the oldest record outside `keepFirst`, or the newest. */
  evict(which: 'oldest' | 'newest'): boolean {
    return this.heldRecords?.evict(which) ?? false;
  }

  /** Called after `lingerMs`: drops the held records and the reference to the parent. */
  expire(): void {
    if (this.options.holdAll && this.state === 'holding') this.heldRecords?.writeByLevel();
    else this.discard();
    this.state = 'closed';
    this.heldRecords = undefined;
    this.leaveOuter();
  }

  /** Takes a record of an inner scope. It triggers no dump here, because the inner scope has already decided. @internal */
  adopt(record: LogRecord, sink: ScopeSink, isCopied = true): void {
    if (this.state === 'holding') this.hold(record, sink, isCopied);
    else this.passByState(record, sink);
  }

  /** Adds the number of records that an inner scope has evicted. @internal */
  addMissing(sink: ScopeSink, count: number): void {
    if (count > 0) (this.heldRecords ??= new HeldRecords(this)).addMissing(sink, count);
  }

  /** Shared with the inner scopes, so that only the innermost scope writes an Error that passes through several. @internal */
  writtenErrors(): WrittenErrors {
    return (this.written ??=
      this.parent?.writtenErrors() ?? new WrittenErrors(this.tree, this.work.kind === 'call'));
  }

  /** Called when the work has succeeded: the records go to the outer scope, or are dropped when the scope expires. */
  protected succeed(): void {
    const { heldRecords } = this;
    if (heldRecords === undefined) return;
    const { holdAll, nested } = this.options;
    if (this.outer !== undefined && nested === 'promote' && !holdAll) return heldRecords.routeTo(this.outer);
    const outer = nested === 'promote' ? this.parent : undefined;
    if (outer?.passesThrough === true) this.dump('outer scope dumped');
    // If both hold everything, the outer scope decides: its dump must include the inner records.
    else if (outer !== undefined && (!holdAll || outer.options.holdAll)) heldRecords.moveTo(outer);
    else if (holdAll) heldRecords.writeByLevel();
  }

  /** Holds a record for each running operation, so that a dump ends with them. */
  private logRunning(operations: Set<RunningOperation>): void {
    // Such a record may itself trigger a dump.
    this.operations = undefined;
    for (const operation of operations) operation.logPending(this);
    this.operations = operations;
  }

  private hold(record: LogRecord, sink: ScopeSink, isCopied: boolean): void {
    if (sink.isShared && this.heldRecords?.has(record, sink) === true) return;
    if (this.isSettled) {
      // Logged after the end: the record goes to the outer scope, like the earlier ones, if that scope is open.
      const parent = this.options.nested === 'promote' ? this.parent : undefined;
      if (parent?.isSettled === false) return parent.adopt(record, sink, isCopied);
    }
    const held = (this.heldRecords ??= new HeldRecords(this));
    const size = isCopied ? held.keep(record, sink) : held.hold(record, sink);
    const { bigFrom, totalCapacity } = this.options;
    if (size > bigFrom || counts.held > totalCapacity || this.keptUntil > 0) limitHeld(this);
  }

  /** Writes or drops a record by the level of its target. */
  private pass(record: LogRecord, sink: ScopeSink): void {
    if (record.levelno >= sink.target.level) this.write(record, sink);
    else countDropped();
  }

  private write(record: LogRecord, sink: ScopeSink): void {
    if (sink.isShared) this.heldRecords?.release(record, sink);
    this.noteErrors(record);
    countPassed();
    sink.write(record);
  }

  private passByState(record: LogRecord, sink: ScopeSink): void {
    if (this.state === 'passing') return this.write(record, sink);
    const { holdAll, passThroughLevel } = this.options;
    if (holdAll || record.levelno >= (sink.ownPassThroughLevel ?? passThroughLevel)) this.pass(record, sink);
    else countDropped();
  }

  private isHolding(): boolean {
    return this.state === 'holding';
  }

  /** A record in a span has a copy of the fields, made when it was logged. The copy gets the new ones. */
  private beforeDump(record: LogRecord): void {
    this.noteErrors(record);
    const ids = record.details?.ids;
    if (ids === undefined || !this.work.hasNewFields) return;
    const { traceId, spanId } = ids;
    record.ids = { ...ids, ...record.context?.fields, traceId, spanId };
  }

  private noteErrors(record: LogRecord): void {
    const found = errorsIn(record);
    if (found !== undefined) this.writtenErrors().addAll(found);
  }
}
