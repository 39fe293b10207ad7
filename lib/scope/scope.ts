/** The scope of a unit of work: notes its Errors, decides at its end whether it failed, and dumps or drops its records. */
import { types } from 'node:util';
import { attempt, diagnostics, guarded, reportThrown } from '../core/diagnostics';
import { ERROR } from '../core/level';
import type { LogRecord } from '../core/log-record';
import type { Logger } from '../core/logger';
import type { Manager } from '../core/manager';
import { foreignContext } from '../core/record-context';
import { overrideOptions } from './compile-options';
import { counts } from './counts';
import { elapsedMs, placeIn } from './dump';
import { firstErrorOf } from './errors-seen';
import { isOfFinalHandler } from './exchange';
import { floodLimitOf } from './flood-limit';
import { HoldingScope } from './holding-scope';
import { keepSettled } from './live';
import type { CompiledScopeOptions, LogScopeOptions, ScopeKind, ScopeOutcome } from './options';
import * as judge from './outcome';
import type { ScopeSink } from './records';
import type { WorkInit } from './unit-of-work';
import type { WorkFields } from './work-fields';

/** What the scopes of one application, route or function have in common. */
export interface ScopePlace {
  readonly options: CompiledScopeOptions;
  /** The tree of loggers of the application. */
  readonly tree: Manager;
  /** The logger for records of the scope itself. @defaultValue the tree's logger `http`, `rpc`, `ws` or `call` */
  readonly logger?: Logger | undefined;
  /** A handler that acts only in this scope and its inner scopes. */
  readonly owner?: ScopeSink | undefined;
  /** Logs a record about the whole work, after a dump and before the scope ends; called only with `requestRecord`. */
  readonly logEnd?: (scope: LogScope, outcome: ScopeOutcome) => void;
}

/** What one scope is opened with. */
export interface ScopeInit extends WorkInit {
  /** The outer scope. */
  readonly parent?: LogScope | undefined;
}

const NOTHING = {};

/** A function of the option `fields` is running. A record that it logs may dump the scope, which must not call it again. */
let isReadingFields = false;

/** Opened by the request middleware, `runInScope` and the decorators; `currentScope()` finds it. */
export class LogScope extends HoldingScope {
  /** The decorated route method of this request, when it is known. */
  routeHandler: unknown = undefined;
  /** The outer scope, until this scope expires. @internal */
  declare parent: LogScope | undefined;
  /** The client has disconnected, and the work continues. @internal */
  isAbandoned = false;
  private readonly place: ScopePlace;
  /** False with `routes: 'decorated'` until a decorated route is known. Records are held meanwhile. */
  private isEnabled: boolean;
  private failure: judge.Failure | undefined = undefined;
  /** The record of the scope itself that is being logged. */
  private ownRecord: LogRecord | undefined = undefined;
  private slowTimer: NodeJS.Timeout | undefined = undefined;

  /** @internal */
  constructor(kind: ScopeKind, place: ScopePlace, init: ScopeInit = NOTHING) {
    super(kind, place, foreignContext(LogScope));
    const { options } = place;
    const { parent } = init;
    this.begin(parent, init);
    this.parent = parent;
    this.place = place;
    this.isEnabled = kind === 'call' || options.routes === 'all';
    counts.opened++;
    if (parent?.passesThrough === true) this.state = 'passing';
    if (options.slowMs > 0) this.watchSlow();
  }

  /** The Error of the failure: the first one that does not refuse the client, else the first one. */
  get error(): unknown {
    return this.failure?.error;
  }

  /** Applies the options of a route or call; false stops holding records. */
  configure(overrides: LogScopeOptions | CompiledScopeOptions | false): void {
    if (overrides === false) {
      this.discard();
      if (this.state === 'holding') this.state = 'off';
      return;
    }
    this.options = overrideOptions(this.options, overrides);
    this.isEnabled = true;
    if (this.state === 'off') this.state = 'holding';
    this.heldRecords?.fit();
    if (this.options.slowMs > 0) this.watchSlow();
  }

  /** Notes an Error of the work. The first Error that does not refuse the client counts. The answer may still decide. */
  fail(error: unknown, byFramework = false): void {
    attempt('the noting of an Error', () => this.noteFailure(error, byFramework));
  }

  /** Dumps the scope for an unhandled rejection or exception. If it is fatal (it ends the process), there is no limit. */
  crash(error: unknown, fatal: boolean): void {
    if (fatal) this.work.admission = { error, admitted: true };
    this.fail(error);
    if (!this.isSettled) {
      if (fatal) this.dump(judge.CRASH);
      if (fatal || this.dumpWithinLimit(judge.CRASH, error)) this.logFailure(error ?? this.error);
    }
    this.parent?.crash(error, fatal);
  }

  /** Whether the scope or an outer one was opened for this handler. */
  isOwnedBy(sink: ScopeSink): boolean {
    return this.place.owner === sink || (this.parent?.isOwnedBy(sink) ?? false);
  }

  /** Ends the work: a failure dumps the held records, a success drops them. Only the first call has an effect. */
  settle(settlement: judge.Settlement = NOTHING): void {
    if (this.isSettled) return;
    clearTimeout(this.slowTimer);
    try {
      this.conclude(settlement);
    } catch (error) {
      reportThrown('the end of a scope', error);
    }
    this.isSettled = true;
    this.request = this.message = this.response = this.operations = undefined;
    keepSettled(this);
  }

  /** Logs a record of the scope itself. It triggers no dump. */
  // oxlint-disable-next-line max-params -- the arguments of a log call, and the thrown value
  logOwn(levelno: number, message: string, args: readonly unknown[], error?: unknown): void {
    const logger = this.place.logger ?? this.tree.getLogger(this.kind);
    if (!logger.isEnabledFor(levelno)) return;
    const record = logger.makeRecord(levelno, message, args);
    placeIn(this, record);
    // Not as an argument of the call: only Errors are recognised there, but any value can be thrown.
    if (error !== undefined) record.excInfo = error;
    this.ownRecord = record;
    logger.handle(record);
    this.ownRecord = undefined;
  }

  /** Stops waiting for the work of an aborted request. @internal */
  giveUp(): void {
    this.settle({ aborted: true });
  }

  private conclude(settlement: judge.Settlement): void {
    const { options, place } = this;
    const isPlain = this.failure === undefined && judge.isPlainSuccess(settlement, options);
    const logEnd = options.requestRecord ? place.logEnd : undefined;
    this.readOwnFields();
    if (!isPlain || logEnd !== undefined) {
      const outcome = this.outcomeOf(settlement, this.error);
      if (!isPlain) this.judge(outcome);
      logEnd?.(this, outcome);
    }
    if (this.state === 'holding') this.succeed();
  }

  private judge(outcome: ScopeOutcome): void {
    const failures = this.failures();
    const isByFramework = this.response !== undefined && isOfFinalHandler(this.response);
    failures.noteOutcome(outcome, this.options, isByFramework);
    if (!this.isEnabled) return;
    const verdict = failures.verdictOn(outcome, this.options, this.fields['traceId']);
    if (verdict === undefined || !this.dumpWithinLimit(verdict.reason, this.error)) return;
    if (verdict.failed) this.logFailure(this.error);
  }

  protected readFields(): void {
    this.readOwnFields();
    for (let at = this.parent; at !== undefined; at = at.parent) at.readOwnFields();
  }

  private readOwnFields(): void {
    const { fields } = this.options;
    const request = this.request ?? this.message;
    if (fields === undefined || request === undefined || isReadingFields) return;
    isReadingFields = true;
    try {
      const given: unknown = fields(request);
      // An unhandled rejection would end the process.
      if (types.isPromise(given)) given.catch(() => undefined);
      if (given !== undefined) this.set(given as WorkFields);
    } catch (error) {
      diagnostics.report({
        source: 'request logs',
        what: 'the option "fields" threw; it is ignored',
        error,
      });
    }
    isReadingFields = false;
  }

  private failures(): judge.Failure {
    return (this.failure ??= new judge.Failure(this.work.kind));
  }

  private noteFailure(given: unknown, byFramework: boolean): void {
    const error: unknown = given ?? new Error(`failed with ${String(given)}`);
    const left = this.leaving();
    const isOfClient = left?.explains(error) === true;
    if (left !== undefined && isOfClient) left.reported = true;
    else this.failures().note(error, byFramework);
    if (!this.isSettled) {
      if (this.isAbandoned) this.giveUp();
    } else if (!isOfClient && this.failures().failsLate(this.outcomeOf(NOTHING, error), this.options)) {
      if (this.dumpWithinLimit('late error', error)) this.logFailure(error);
    }
  }

  /** Logs the Error of the failure, unless it was logged in this scope or in an inner one. */
  private logFailure(error: unknown): void {
    if (error === undefined || this.hasWritten(error)) return;
    // Noted before it is written, so that a failing target does not cause a second attempt.
    this.writtenErrors().add(error);
    this.logOwn(ERROR, '%s failed', [this.title], error);
  }

  /** Dumps the scope. False for an undecorated route, and beyond the limit: the scope is counted, and a failure drops its records. */
  private dumpWithinLimit(reason: string, error?: unknown): boolean {
    if (!this.isEnabled) return false;
    const isUndecided = this.state === 'holding' || this.state === 'closed';
    if (isUndecided && !floodLimitOf(this.tree).admits(this, reason, error)) {
      if (judge.isWithoutFailure(reason)) return false;
      if (this.options.holdAll) this.heldRecords?.writeByLevel();
      this.discard();
      this.state = 'flooded';
    }
    if (this.state !== 'flooded') this.dump(reason, error);
    return this.state !== 'flooded';
  }

  protected isTriggeredBy(record: LogRecord): boolean {
    if (record === this.ownRecord || !this.isEnabled || this.failure?.isVetoed === true) return false;
    const error = firstErrorOf(record) ?? this.failure?.fault;
    const reason = judge.triggerReason(record.levelno, error);
    // `excludeStatus` and `excludeErrors` decide when the outcome is known.
    if (this.options.hasVeto && !this.isSettled) {
      this.failures().pending ??= reason;
      return false;
    }
    return this.dumpWithinLimit(reason, error);
  }

  private watchSlow(): void {
    clearTimeout(this.slowTimer);
    const dump = guarded('a dump', () => {
      if (this.leaving()?.endlessStatus === undefined) this.dumpWithinLimit('slow');
    });
    this.slowTimer = setTimeout(dump, Math.max(0, this.options.slowMs - elapsedMs(this))).unref();
  }
}
