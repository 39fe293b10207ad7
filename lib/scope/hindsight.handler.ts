/** Stands on a logger in place of its target: writes what must be written now, lets the scope hold the rest. */
import { guarded, diagnostics } from '../core/diagnostics';
import { Handler, HANDLER_SPEC, type HandlerOptions } from '../core/handler';
import { INFO, NOTSET, parseLevel, type LevelInput } from '../core/level';
import type { LogRecord } from '../core/log-record';
import { ownRecord } from '../core/own-record';
import type { RecordContext } from '../core/record-context';
import { ConfigurationError } from '../errors';
import { checkedOptions, type OptionNames } from '../internal/options';
import { counts } from './counts';
import { dumpAtShutdown } from './crash';
import { ownScope } from './current';
import { limitRecord } from './dump';
import { floodLimitOf, summariseFloods } from './flood-limit';
import type { ScopeSink } from './records';
import { checkForScopes, RECORDS_BETWEEN_CHECKS, type OutsideRecords } from './wiring-check';

export interface HindsightHandlerOptions extends HandlerOptions {
  /** Outside any scope, records at or above it are written; null writes all. @defaultValue INFO */
  readonly passThroughLevel?: LevelInput | null;
  /**
   * Act only in the scopes that were opened for this handler, with its own `passThroughLevel`, like the cookbook's handler,
   * which is added only during the call. @defaultValue false
   */
  readonly ownScopesOnly?: boolean;
}

const OPTIONS = {
  ...HANDLER_SPEC,
  passThroughLevel: true,
  ownScopesOnly: true,
} as const satisfies OptionNames<HindsightHandlerOptions>;

/** What the handlers of one target share, so that a record that reaches two of them is written once. */
class TargetShare {
  readonly #written = new WeakSet<LogRecord>();
  #handlers = 0;

  get isShared(): boolean {
    return this.#handlers > 1;
  }

  join(): this {
    this.#handlers++;
    return this;
  }

  leave(): void {
    this.#handlers--;
  }

  /** Whether a record of a scope was written. Records outside of scopes are not noted. */
  hasWritten(record: LogRecord): boolean {
    return this.isShared && this.#written.has(record);
  }

  noteWritten(record: LogRecord): void {
    if (this.isShared) this.#written.add(record);
  }
}

const shares = new WeakMap<Handler, TargetShare>();

/** Joins the handlers of the target. */
function shareTarget(target: Handler): TargetShare {
  let share = shares.get(target);
  if (share === undefined) shares.set(target, (share = new TargetShare()));
  return share.join();
}

/** A record of a dump that is not written yet. */
interface PendingRecord {
  readonly record: LogRecord;
  readonly limit: number | undefined;
}

/** The rest of a large dump of one unit of work. */
interface Backlog {
  readonly pending: PendingRecord[];
  /** Index of the first record that is not written yet. Removing records from the front would move all the others. */
  head: number;
}

function levelOutside(level: HindsightHandlerOptions['passThroughLevel']): number {
  if (level === null) return NOTSET;
  return level === Infinity ? level : parseLevel(level ?? INFO);
}

/** Dumped records that are written in one turn of the event loop; more would block other requests for over 10 ms. */
const RECORDS_A_TURN = 2500;

/**
 * Routes each record: outside a scope to the target by level, inside a scope as the scope decides. The target's own level
 * applies to records that are written at once; a dump ignores it. The target's filters always run.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` if `target` is not a handler.
 */
export class HindsightHandler extends Handler implements ScopeSink {
  readonly target: Handler;
  /** Set when the handler acts in its own scopes only. */
  ownPassThroughLevel: number | undefined;
  #passThroughLevel: number;
  readonly #share: TargetShare;
  /** The rests of large dumps. Later records of the same work wait behind them to keep the order; all others are written at once. */
  readonly #backlogs = new Map<RecordContext | undefined, Backlog>();
  #dumpedThisTurn = 0;
  #outsideCount = 0;
  readonly #outside: OutsideRecords = { since: undefined, reported: false };
  #turn: NodeJS.Immediate | undefined;
  readonly #writeTurn = guarded('a dump', () => this.#writeBacklog(RECORDS_A_TURN));

  constructor(target: Handler, options: HindsightHandlerOptions = {}) {
    options = checkedOptions(new.target.name, options, new.target === HindsightHandler && OPTIONS);
    // Before `super` registers it as an open handler, which is flushed when the process ends.
    if (typeof target?.handle !== 'function') {
      throw new ConfigurationError(`HindsightHandler: "target" must be a Handler, got ${String(target)}.`);
    }
    super(options);
    this.target = target;
    this.#share = shareTarget(target);
    this.#passThroughLevel = levelOutside(options.passThroughLevel);
    this.ownPassThroughLevel = options.ownScopesOnly === true ? this.#passThroughLevel : undefined;
  }

  /** @internal */
  get isShared(): boolean {
    return this.#share.isShared;
  }

  /** Makes the handler act in all scopes, and outside. @internal */
  actEverywhere(passThroughLevel: HindsightHandlerOptions['passThroughLevel']): void {
    this.ownPassThroughLevel = undefined;
    this.#passThroughLevel = levelOutside(passThroughLevel);
  }

  /** Does not use the guard of the base class: a record that the target logs while it writes a dump must not be lost. */
  override handle(record: LogRecord): LogRecord | false {
    const accepted = this.accept(record);
    if (accepted === false) return false;
    this.emit(accepted);
    return accepted;
  }

  override emit(record: LogRecord): void {
    const { context } = record;
    if (context?.route !== undefined) {
      const isMine = this.ownPassThroughLevel === undefined || ownScope(context)?.isOwnedBy(this) === true;
      if (isMine && !this.#share.hasWritten(record)) context.route(record, this);
    } else if (this.ownPassThroughLevel === undefined) {
      if (++this.#outsideCount % RECORDS_BETWEEN_CHECKS === 0) {
        checkForScopes(this.#outside, record.created, counts.opened);
      }
      if (this.#passesOutside(record)) this.write(record);
    }
  }

  write(given: LogRecord, limit?: number): void {
    const record = ownRecord(given);
    if (record.context !== undefined) {
      if (this.#share.hasWritten(record)) return;
      this.#share.noteWritten(record);
    }
    const backlog = this.#backlogs.size === 0 ? undefined : this.#backlogs.get(workOf(record));
    if (backlog !== undefined) backlog.pending.push({ record, limit });
    else if (record.hindsight !== undefined && this.#turnIsOver())
      this.#backlogs.set(workOf(record), { pending: [{ record, limit }], head: 0 });
    else this.#handOver(record, limit);
  }

  override flush(): void | Promise<void> {
    summariseFloods();
    this.#writeBacklog(Infinity);
    return this.target.flush();
  }

  /** Writes the rests of dumps, and dumps the requests that the shutdown interrupts. Does not close the target. */
  override close(): void | Promise<void> {
    if (!this.closed) {
      summariseFloods();
      dumpAtShutdown(this);
      this.#share.leave();
    }
    this.#writeBacklog(Infinity);
    return super.close();
  }

  override describe(): string {
    return `HindsightHandler over ${this.target.describe()}`;
  }

  #passesOutside(record: LogRecord): boolean {
    return record.levelno >= this.#passThroughLevel && record.levelno >= this.target.level;
  }

  #handOver(record: LogRecord, limit: number | undefined): void {
    try {
      // Here and not at the start of the dump: measuring renders the message, which takes most of the time of a dump.
      if (limit !== undefined) this.#spend(record, limitRecord(record, limit));
      this.target.handle(record);
    } catch (error) {
      // handle() of a user's handler may throw; the rest of the dump must still be written.
      diagnostics.report({ source: this.target.describe(), what: 'handle() threw', error });
    }
  }

  /** Subtracts a dumped record from the limit of the scope's tree. */
  #spend({ context, hindsight }: LogRecord, bytes: number): void {
    const scope = ownScope(context);
    if (scope !== undefined && hindsight !== undefined)
      floodLimitOf(scope.tree).spend(bytes, hindsight.reason);
  }

  /** Counts one dumped record; true if this turn of the event loop has reached its limit. */
  #turnIsOver(): boolean {
    this.#turn ??= setImmediate(this.#writeTurn);
    return ++this.#dumpedThisTurn > RECORDS_A_TURN;
  }

  /** Writes about `count` records. Each dump gets the same share, so that a small one does not wait for a large one. */
  #writeBacklog(count: number): void {
    clearImmediate(this.#turn);
    this.#turn = undefined;
    this.#dumpedThisTurn = 0;
    const share = Math.ceil(count / this.#backlogs.size);
    for (const [work, backlog] of this.#backlogs) {
      this.#writePending(backlog, share);
      if (backlog.head === backlog.pending.length) this.#backlogs.delete(work);
    }
    if (this.#backlogs.size > 0) this.#turn = setImmediate(this.#writeTurn);
  }

  #writePending(backlog: Backlog, count: number): void {
    const end = Math.min(backlog.head + count, backlog.pending.length);
    while (backlog.head < end) {
      const { record, limit } = backlog.pending[backlog.head++] as PendingRecord;
      this.#handOver(record, limit);
    }
  }
}

/** The unit of work of a record. For a scope of another copy of the package only the scope itself is known. */
function workOf({ context }: LogRecord): RecordContext | undefined {
  return ownScope(context)?.work ?? context;
}
