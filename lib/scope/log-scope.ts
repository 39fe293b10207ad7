/** One unit of work whose outcome is not known yet, and the records it holds until it is. */
import { attempt } from '../core/attempt';
import { getLevelName } from '../core/level';
import type { LogRecord } from '../core/log-record';
import { ownRecord } from '../core/own-record';
import { foreignContext, type RecordContext } from '../core/record-context';
import { CRASH, dumpLimitOf, isWithoutFailure, newUnitOfWork, recordOf, type UnitOfWork } from './dump-limit';
import { dumpMark } from './dump-record';
import { announceDump } from './dump-summary';
import type { HeldCount } from './held-count';
import { HeldRecords } from './held-records';
import { firstErrorOf, mayHoldError } from './record-errors';
import { nextScopeNumber, scopeId } from './scope-id';
import { joinFields, noHeaders, type LogScopeInit, type OwnRecord, type ScopeState } from './scope-init';
import { overrideOptions, type CompiledScopeOptions, type LogScopeOptions } from './scope-options';
import type { ScopeKind, Settlement } from './scope-outcome';
import { scopeRegistry } from './scope-registry';
import type { ScopeSink } from './scope-sink';
import { outcomeOf, ScopeVerdict, slowTimer } from './scope-verdict';
import { writeFailure } from './write-failure';
import { WrittenErrors } from './written-errors';

/** Opened by the request middleware, `runInScope` and the decorators; `currentScope()` finds it. */
export class LogScope implements RecordContext {
  readonly kind: ScopeKind;
  readonly tree: LogScopeInit['tree'];
  readonly fields: Readonly<Record<string, unknown>>;
  /** ms since the epoch */
  readonly startedAt: number;
  /** Request id and trace, to be sent along to the services that the work calls. */
  readonly headers: NonNullable<LogScopeInit['headers']>;
  options: CompiledScopeOptions;
  /** The decorated route method that this request is for, once it is known. */
  routeHandler: unknown = undefined;
  /** Called at the next failure: an aborted request's scope waits for it. */
  onFailure: (() => void) | undefined = undefined;
  /** Called when the process ends while the scope is live. */
  onExit: (() => void) | undefined = undefined;
  /** The scope it runs in, until it expires. @internal */
  parent: LogScope | undefined;
  /** Set where another copy of the package has opened the scope around it. @internal */
  outer: RecordContext | undefined;
  /** Shared by all scopes inside one another. @internal */
  readonly work: UnitOfWork;
  readonly #number = nextScopeNumber();
  readonly #init: LogScopeInit;
  readonly #held = new HeldRecords();
  #written: WrittenErrors | undefined;
  #state: ScopeState = 'holding';
  readonly #verdict: ScopeVerdict;
  #dumped = false;
  /** The record of its own that it logs now. */
  #own: LogRecord | undefined;
  #settled = false;
  #slowTimer: NodeJS.Timeout | undefined;

  /** `parent` is the scope this one runs in. @internal */
  constructor(init: LogScopeInit, parent?: LogScope) {
    this.kind = init.kind;
    this.options = init.options;
    this.tree = init.tree;
    this.outer = foreignContext(LogScope);
    this.fields = joinFields(this.outer?.fields ?? parent?.fields, init.fields);
    this.work = parent?.work ?? newUnitOfWork(init.kind);
    this.headers = init.headers ?? parent?.headers ?? noHeaders;
    this.startedAt = init.tree.clock.now();
    this.parent = parent;
    this.#init = init;
    this.#verdict = new ScopeVerdict(init, this.work.kind);
    scopeRegistry.opened++;
    if (parent?.passesThrough === true) this.#state = 'passing';
    if (init.options.slowMs > 0) this.#watchSlow();
  }

  /** The first Error the work failed with. */
  get error(): unknown {
    return this.#verdict.error;
  }

  /** What failed, such as `GET /orders/13`. */
  get title(): string {
    return this.#init.title?.() ?? this.kind;
  }

  /** Unique among the processes of all machines and containers, and their threads. */
  get id(): string {
    return scopeId(this.#number);
  }

  /** Which does not keep the scope alive. @internal */
  get count(): HeldCount {
    return this.#held.count;
  }

  /** Records held now. */
  get held(): number {
    return this.#held.size;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Everything is written at once: the scope was dumped, or forced. */
  get passesThrough(): boolean {
    return this.#state === 'passing';
  }

  /** The records held for the first target, in order. */
  get records(): readonly LogRecord[] {
    return this.#held.peek();
  }

  /** Takes over the options of a route or call; false stops holding back. */
  configure(overrides: LogScopeOptions | CompiledScopeOptions | false): void {
    if (overrides === false) {
      this.discard();
      if (this.#state === 'holding') this.#state = 'off';
      return;
    }
    this.options = overrideOptions(this.options, overrides);
    this.#verdict.armed = true;
    if (this.#state === 'off') this.#state = 'holding';
    this.#held.fit(this.options);
    if (this.options.slowMs > 0) this.#watchSlow();
  }

  /** Decides for one record: write it now, or hold it. Called by each HindsightHandler it reaches. */
  route(given: LogRecord, sink: ScopeSink): void {
    const record = ownRecord(given);
    if (record.seq === 0) record.seq = ++this.work.seq;
    const { levelno } = record;
    const { flushLevel, passThroughLevel } = this.options;
    if (levelno >= flushLevel && this.#state === 'holding' && this.#isTriggeredBy(record)) {
      this.#pass(record, sink);
    } else if (this.#state === 'holding' && levelno < (sink.ownPassThroughLevel ?? passThroughLevel)) {
      this.#hold(record, sink);
    } else {
      this.#passByState(record, sink);
    }
  }

  /** The work failed with this. The first Error that does not refuse a client counts; the answer may still decide. */
  fail(error: unknown, byFramework = false): void {
    attempt('the noting of an Error', () => this.#noteFailure(error, byFramework));
  }

  /** Nobody handled it: writes what is held now, without limit if it ends the process, as an uncaught exception does. */
  crash(error: unknown, fatal: boolean): void {
    if (fatal) this.work.judged = { error, admitted: true };
    this.fail(error);
    if (!this.#settled) {
      if (fatal) this.dump(CRASH);
      if (fatal || this.#dumpWithinLimit(CRASH, error)) writeFailure(this, error ?? this.error);
    }
    this.parent?.crash(error, fatal);
  }

  /** Whether the scope, or one around it, was opened for this handler. */
  isOwnedBy(sink: ScopeSink): boolean {
    return this.#init.owner === sink || (this.parent?.isOwnedBy(sink) ?? false);
  }

  /** Whether the Error was already written in this scope or in one inside it. */
  hasWritten(error: unknown): boolean {
    return (this.#written ?? this.parent?.writtenErrors())?.has(error) ?? false;
  }

  /** Writes what is held, marked with the reason; what follows passes through unless `afterFlush` is 'rearm'. */
  dump(reason: string, error: unknown = this.error): void {
    if (this.#state === 'off' || this.#state === 'closed') return;
    const isFirst = !this.#dumped;
    this.#dumped = true;
    if (isFirst) scopeRegistry.dumps++;
    // First, so that a record logged by the target itself while it writes is not held for ever.
    if (this.options.afterFlush === 'passthrough') this.#state = 'passing';
    const mark = dumpMark(this, reason, error);
    const written = this.#held.writeAll(mark, (record) => this.#noteErrors(record));
    // A level has written what was held; the end of the work finds nothing more to tell of.
    if (isFirst || written > 0) announceDump(this, mark, written);
  }

  /** Everything is written at once from here on. */
  force(reason: string): void {
    this.dump(reason);
    if (this.#state === 'holding') this.#state = 'passing';
  }

  /** Throws away what is held. */
  discard(): void {
    this.#held.discard();
  }

  /** The outcome is known: failure writes what is held, success drops it. Only the first call counts. */
  settle(settlement: Settlement = {}): void {
    if (this.#settled) return;
    clearTimeout(this.#slowTimer);
    attempt('the end of a scope', () => this.#conclude(settlement));
    this.#settled = true;
    scopeRegistry.settle(this);
  }

  /** Logs a record of the scope's own through its tree; it triggers nothing. */
  logOwn(levelno: number, message: string, { args, error }: OwnRecord): void {
    const logger = this.#init.logger ?? this.tree.getLogger(this.kind);
    if (!logger.isEnabledFor(levelno)) return;
    this.#own = recordOf(this, logger.makeRecord(levelno, message, args), error);
    logger.handle(this.#own);
    this.#own = undefined;
  }

  /** A record gives way because all scopes together hold too much: the oldest that is no first one, or the newest. */
  evict(which: 'oldest' | 'newest'): boolean {
    return this.#held.evict(which);
  }

  /** The end of the linger: what is still held goes, and so does the way to the outer scope. */
  expire(): void {
    if (this.options.holdAll && this.#state === 'holding') this.#held.writeByLevel();
    else this.#held.discard();
    this.#state = 'closed';
    this.parent = this.outer = undefined;
  }

  #conclude(settlement: Settlement): void {
    const outcome = outcomeOf(this, settlement);
    const verdict = this.#verdict.conclude(outcome, this.options, this.fields['traceId']);
    if (verdict !== undefined && this.#dumpWithinLimit(verdict.reason, this.error) && verdict.failed)
      writeFailure(this, this.error);
    if (this.options.requestRecord) settlement.beforeEnd?.(outcome);
    if (this.#state === 'holding') this.#succeed();
  }

  #noteFailure(error: unknown, byFramework: boolean): void {
    const known: unknown = error ?? new Error(`failed with ${String(error)}`);
    this.#verdict.note(known, byFramework);
    if (!this.#settled) return this.onFailure?.();
    const failed = this.#verdict.failsLate(outcomeOf(this, {}, known), this.options);
    if (failed && this.#dumpWithinLimit('late error', known)) writeFailure(this, known);
  }

  /** False for an undecorated route; also if there are too many: it is counted, and a failure drops what it holds. */
  #dumpWithinLimit(reason: string, error?: unknown): boolean {
    if (!this.#verdict.armed) return false;
    const undecided = this.#state === 'holding' || this.#state === 'closed';
    if (undecided && !dumpLimitOf(this.tree).admits(this, reason, error)) {
      if (isWithoutFailure(reason)) return false;
      if (this.options.holdAll) this.#held.writeByLevel();
      this.discard();
      this.#state = 'flooded';
    }
    if (this.#state !== 'flooded') this.dump(reason, error);
    return this.#state !== 'flooded';
  }

  #succeed(): void {
    const { holdAll, nested } = this.options;
    if (this.outer !== undefined && nested === 'promote' && !holdAll) return this.#held.routeTo(this.outer);
    const outer = nested === 'promote' ? this.parent : undefined;
    if (outer?.passesThrough === true) this.dump('outer scope dumped');
    // Where both hold everything the outer one decides: its failure must find what was held inside.
    else if (outer !== undefined && (!holdAll || outer.options.holdAll)) this.#held.moveTo(outer);
    else if (holdAll) this.#held.writeByLevel();
  }

  /** A record of a scope inside, which has judged it: it triggers nothing here. @internal */
  take(record: LogRecord, sink: ScopeSink, copied = true): void {
    if (this.#state === 'holding') this.#hold(record, sink, copied);
    else this.#passByState(record, sink);
  }

  /** So many records of a scope inside gave way there. @internal */
  missed(sink: ScopeSink, count: number): void {
    this.#held.missed(sink, count, this.options);
  }

  #isTriggeredBy(record: LogRecord): boolean {
    const reason = `level ${getLevelName(record.levelno)}`;
    return (
      record !== this.#own &&
      this.#verdict.allowsTrigger(reason, this.#settled, this.options) &&
      this.#dumpWithinLimit(reason, firstErrorOf(record))
    );
  }

  #hold(record: LogRecord, sink: ScopeSink, copied = false): void {
    if (sink.isShared && this.#held.has(record, sink)) return;
    const heir = this.#settled && this.options.nested === 'promote' ? this.parent : undefined;
    // Logged after the end: the record goes where those before it went, as long as that scope is open.
    if (heir?.settled === false) return heir.take(record, sink, copied);
    if (copied) this.#held.keep(record, sink, this.options);
    else this.#held.hold(record, sink, this.options);
    scopeRegistry.grew(this, this.options.totalCapacity);
  }

  #pass(record: LogRecord, sink: ScopeSink): void {
    if (record.levelno >= sink.target.level) this.#write(record, sink);
    else scopeRegistry.dropped++;
  }

  #write(record: LogRecord, sink: ScopeSink): void {
    if (sink.isShared) this.#held.release(record, sink);
    this.#noteErrors(record);
    scopeRegistry.passed++;
    sink.write(record);
  }

  #passByState(record: LogRecord, sink: ScopeSink): void {
    if (this.#state === 'passing') return this.#write(record, sink);
    const { holdAll, passThroughLevel } = this.options;
    if (holdAll || record.levelno >= (sink.ownPassThroughLevel ?? passThroughLevel)) this.#pass(record, sink);
    else scopeRegistry.dropped++;
  }

  #noteErrors(record: LogRecord): void {
    if (mayHoldError(record)) this.writtenErrors().addAllOf(record);
  }

  /** Shared with the scopes inside, so that an Error on its way out is written by the innermost only. @internal */
  writtenErrors(): WrittenErrors {
    return (this.#written ??= this.parent?.writtenErrors() ?? new WrittenErrors(this));
  }

  #watchSlow(): void {
    clearTimeout(this.#slowTimer);
    this.#slowTimer = slowTimer(this, () => {
      if (this.#init.departure?.endlessStatus === undefined) this.#dumpWithinLimit('slow');
    });
  }
}
