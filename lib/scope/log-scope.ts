/** One unit of work whose outcome is not known yet, and the records it holds until it is. */
import { ERROR, getLevelName } from '../core/level';
import type { LogRecord } from '../core/log-record';
import type { Logger } from '../core/logger';
import type { Manager } from '../core/manager';
import type { RecordContext } from '../core/record-context';
import { HeldRecords } from './held-records';
import { compileScopeOptions, type CompiledScopeOptions, type LogScopeOptions } from './scope-options';
import type { ScopeKind, ScopeOutcome, Settlement } from './scope-options';
import { scopeRegistry } from './scope-registry';
import type { ScopeSink } from './scope-sink';
import { failureReason, isVetoed, reasonBesideFailure } from './triggers';
import { WrittenErrors } from './written-errors';

/**
 * - `holding`: records below the pass-through level are kept.
 * - `passing`: dumped or forced; everything is written at once.
 * - `off`: opted out; nothing is kept.
 * - `closed`: over; records are treated as outside any scope.
 */
type ScopeState = 'holding' | 'passing' | 'off' | 'closed';

export interface LogScopeInit {
  readonly kind: ScopeKind;
  readonly options: CompiledScopeOptions;
  /** The tree the scope's application logs to. */
  readonly tree: Manager;
  /** Ids printed on each record. @defaultValue those of the parent */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** What failed, in the record of an Error that nobody logged, such as `GET /orders/13`. Outlives the work. */
  readonly title?: () => string;
  /** Where the scope's own records are logged. @defaultValue the tree's logger `http` or `call` */
  readonly logger?: Logger | undefined;
  /** The handler that acts in this scope and the scopes inside only. */
  readonly owner?: ScopeSink | undefined;
}

const NO_FIELDS: Readonly<Record<string, unknown>> = {};
let lastNumber = 0;

/** Opened by the request middleware, `runInScope` and the decorators; `currentScope()` finds it. */
export class LogScope implements RecordContext {
  readonly kind: ScopeKind;
  readonly tree: Manager;
  readonly fields: Readonly<Record<string, unknown>>;
  /** ms since the epoch */
  readonly startedAt: number;
  options: CompiledScopeOptions;
  /** The first Error the work failed with. */
  error: unknown = undefined;
  /** The decorated route method that this request is for, once it is known. */
  routeHandler: unknown = undefined;
  /** Called at the next failure: an aborted request's scope waits for it. */
  onFailure: (() => void) | undefined = undefined;
  /** When a settled scope stops lingering, in ms since the epoch. */
  lingersUntil = 0;
  #parent: LogScope | undefined;
  readonly #number: number;
  readonly #init: LogScopeInit;
  readonly #held = new HeldRecords();
  #written: WrittenErrors | undefined;
  #state: ScopeState = 'holding';
  /** False on an undecorated route of `routes: 'decorated'`: records are held in case the route turns out to be one. */
  #armed: boolean;
  #dumped = false;
  #vetoed = false;
  /** Set while the scope writes records of its own, which trigger nothing. */
  #own = false;
  #settled = false;
  #seq = 0;
  #pendingReason: string | undefined;
  #slowTimer: NodeJS.Timeout | undefined;

  /** `parent` is the scope this one runs in. @internal */
  constructor(init: LogScopeInit, parent?: LogScope) {
    const { options } = init;
    this.kind = init.kind;
    this.options = options;
    this.tree = init.tree;
    this.fields = init.fields ?? parent?.fields ?? NO_FIELDS;
    this.startedAt = init.tree.clock.now();
    this.#parent = parent;
    this.#init = init;
    this.#number = ++lastNumber;
    this.#armed = init.kind !== 'http' || options.routes === 'all';
    scopeRegistry.opened++;
    if (parent !== undefined && parent.#state === 'passing') this.#state = 'passing';
    if (options.slowMs > 0) this.#watchSlow();
  }

  /** Unique among the processes of a machine. */
  get id(): string {
    return `${process.pid.toString(36)}-${this.#number.toString(36)}`;
  }

  /** The count of what is held, which does not keep the scope alive. @internal */
  get tally(): { readonly held: number } {
    return this.#held.tally;
  }

  /** Records held now. */
  get held(): number {
    return this.#held.size;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** The records held for the first target, in order. */
  get records(): readonly LogRecord[] {
    return this.#held.peek();
  }

  /** Takes over the options of a route or call; false stops holding back. */
  configure(overrides: LogScopeOptions | CompiledScopeOptions | false): void {
    if (overrides === false) {
      this.#held.discard();
      if (this.#state === 'holding') this.#state = 'off';
      return;
    }
    this.options = 'holdAll' in overrides ? overrides : compileScopeOptions(overrides, this.options);
    this.#armed = true;
    if (this.#state === 'off') this.#state = 'holding';
    if (this.options.slowMs > 0) this.#watchSlow();
  }

  /** Decides for one record: write it now, or hold it. Called by each HindsightHandler it reaches. */
  route(record: LogRecord, sink: ScopeSink): void {
    if (record.seq === 0 || record.context !== this) {
      record.context = this;
      record.seq = ++this.#seq;
    }
    const { levelno } = record;
    const { flushLevel } = this.options;
    const passThroughLevel = sink.ownPassThroughLevel ?? this.options.passThroughLevel;
    if (this.#state === 'holding') {
      if (levelno < flushLevel || this.#own) {
        if (levelno < passThroughLevel) this.#hold(record, sink);
        else this.#pass(record, sink);
        return;
      }
      const triggered = this.#trigger(`level ${getLevelName(levelno)}`);
      if (triggered || levelno >= passThroughLevel) this.#pass(record, sink);
      else this.#hold(record, sink);
    } else if (this.#state === 'passing') {
      this.#write(record, sink);
    } else {
      this.#passByLevel(record, sink);
    }
  }

  /** The work failed with this. The first Error counts; it is written once when the outcome is known. */
  fail(error: unknown): void {
    const known: unknown = error ?? new Error(`failed with ${String(error)}`);
    this.error ??= known;
    if (this.#settled) this.#failLate(known);
    else this.onFailure?.();
  }

  /** The process is about to end, or would have without its handlers: writes what is held now. */
  crash(error: unknown): void {
    this.fail(error);
    if (!this.#settled) this.#writeFailure('crash', error);
  }

  /** Whether the scope, or one around it, was opened for this handler. */
  isOwnedBy(sink: ScopeSink): boolean {
    return this.#init.owner === sink || (this.#parent?.isOwnedBy(sink) ?? false);
  }

  /** Whether the Error was already written in this scope or in one inside it. */
  hasWritten(error: unknown): boolean {
    return (this.#written ?? this.#parent?.writtenErrors())?.has(error) ?? false;
  }

  /** Writes what is held, marked with the reason; what follows passes through unless `afterFlush` is 'rearm'. */
  dump(reason: string): void {
    if (this.#state === 'off' || this.#state === 'closed') return;
    if (!this.#dumped) {
      this.#dumped = true;
      scopeRegistry.dumps++;
    }
    // First, so that a record logged by the target itself while it writes is not held for ever.
    if (this.options.afterFlush === 'passthrough') this.#state = 'passing';
    const held = this.#held.size;
    const mark = { scope: this.id, reason, limit: this.options.maxRecordBytes };
    this.#held.writeAll(mark, (record) => this.#noteErrors(record));
    if (this.#settled) scopeRegistry.lingerChanged(-held);
  }

  /** Everything is written at once from here on. */
  force(reason: string): void {
    this.dump(reason);
    if (this.#state === 'holding') this.#state = 'passing';
  }

  /** Throws away what is held. */
  discard(): void {
    if (this.#settled) scopeRegistry.lingerChanged(-this.#held.size);
    this.#held.discard();
  }

  /** The outcome is known: failure writes what is held, success drops it. Only the first call counts. */
  settle(settlement: Settlement = {}): void {
    if (this.#settled) return;
    clearTimeout(this.#slowTimer);
    const outcome = this.#outcome(settlement);
    this.#vetoed = isVetoed(outcome, this.options);
    const failed = this.#armed ? failureReason(outcome, this.options) : undefined;
    if (failed !== undefined) this.#writeFailure(failed, this.error);
    else this.#writeIfWanted(outcome);
    if (this.#state === 'holding') this.#succeed();
    if (this.options.requestRecord) settlement.beforeEnd?.(outcome);
    this.#settled = true;
    this.lingersUntil = Date.now() + this.options.lingerMs;
    scopeRegistry.settle(this);
  }

  /** Logs a record of the scope's own through its tree; it triggers nothing. */
  logOwn(levelno: number, message: string, args: readonly unknown[]): void {
    const logger = this.#init.logger ?? this.tree.getLogger(this.kind);
    if (!logger.isEnabledFor(levelno)) return;
    const record = logger.makeRecord(levelno, message, args);
    record.context = this;
    this.#own = true;
    try {
      logger.handle(record);
    } finally {
      this.#own = false;
    }
  }

  /** A record gives way because all scopes together hold too much. False if there is none to give. */
  evictOldest(): boolean {
    return this.#held.evictOldest();
  }

  /** The end of the linger: what is still held goes, and so does the way to the outer scope. */
  expire(): void {
    this.#held.discard();
    this.#state = 'closed';
    this.#parent = undefined;
  }

  #outcome({ status, aborted = false, path }: Settlement): ScopeOutcome {
    const durationMs = this.tree.clock.now() - this.startedAt;
    return { kind: this.kind, status, error: this.error, aborted, durationMs, path };
  }

  #writeFailure(reason: string, error: unknown): void {
    this.dump(reason);
    if (error === undefined || this.hasWritten(error)) return;
    // Noted before it is written: a target that fails must not lead to a second attempt.
    this.writtenErrors().add(error);
    const title = this.#init.title?.();
    this.logOwn(ERROR, title === undefined ? 'call failed' : `${title} failed`, [{ excInfo: error }]);
  }

  #writeIfWanted(outcome: ScopeOutcome): void {
    const traceId = this.fields['traceId'];
    const reason = reasonBesideFailure(outcome, this.options, { pending: this.#pendingReason, traceId });
    if (this.#armed && reason !== undefined) this.dump(reason);
  }

  #succeed(): void {
    const parent = this.#parent;
    if (this.options.holdAll) this.#held.writeByLevel();
    else if (parent === undefined || this.options.nested === 'discard') return;
    else this.#held.moveTo((record, sink) => parent.route(record, sink));
  }

  #failLate(error: unknown): void {
    if (this.#vetoed || isVetoed(this.#outcome({}), this.options)) return;
    if (failureReason(this.#outcome({}), this.options) !== undefined) this.#writeFailure('late error', error);
  }

  /** True if the held records were written; a veto makes the decision wait for the outcome. */
  #trigger(reason: string): boolean {
    if (!this.#armed || this.#vetoed) return false;
    if (this.options.hasVeto && !this.#settled) {
      this.#pendingReason ??= reason;
      return false;
    }
    this.dump(reason);
    return true;
  }

  #hold(record: LogRecord, sink: ScopeSink): void {
    const before = this.#held.size;
    this.#held.hold(record, sink, this.options);
    if (this.#settled) scopeRegistry.lingerChanged(this.#held.size - before);
    scopeRegistry.grew(this, this.options.totalCapacity);
  }

  #pass(record: LogRecord, sink: ScopeSink): void {
    if (record.levelno >= sink.target.level) this.#write(record, sink);
  }

  #write(record: LogRecord, sink: ScopeSink): void {
    this.#noteErrors(record);
    scopeRegistry.passed++;
    sink.write(record);
  }

  #passByLevel(record: LogRecord, sink: ScopeSink): void {
    const { holdAll, passThroughLevel } = this.options;
    if (holdAll || record.levelno >= (sink.ownPassThroughLevel ?? passThroughLevel)) this.#pass(record, sink);
    else scopeRegistry.dropped++;
  }

  #noteErrors(record: LogRecord): void {
    if (record.args.length === 0 && !(record.msg instanceof Error) && record.excInfo === undefined) return;
    this.writtenErrors().addAllOf(record);
  }

  /** Shared with the scopes inside, so that an Error on its way out is written by the innermost only. @internal */
  writtenErrors(): WrittenErrors {
    return (this.#written ??= this.#parent?.writtenErrors() ?? new WrittenErrors());
  }

  #watchSlow(): void {
    clearTimeout(this.#slowTimer);
    const left = this.options.slowMs - (this.tree.clock.now() - this.startedAt);
    this.#slowTimer = setTimeout(() => this.dump('slow'), Math.max(0, left)).unref();
  }
}
