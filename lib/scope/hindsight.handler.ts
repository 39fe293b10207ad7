/** Stands on a logger in place of its target: writes what must be written now, lets the scope hold the rest. */
import { guarded } from '../core/attempt';
import { diagnostics } from '../core/diagnostics';
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
   * Act only inside the scopes this handler belongs to, with `passThroughLevel` in place of theirs, as the cookbook's
   * handler that is there during the call only. @defaultValue false
   */
  readonly ownScopesOnly?: boolean;
}

const OPTIONS = {
  ...HANDLER_SPEC,
  passThroughLevel: true,
  ownScopesOnly: true,
} as const satisfies OptionNames<HindsightHandlerOptions>;

/** Of one target: a record that comes by way of two handlers is written once. */
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

  /** Records outside of scopes are left to the loggers: nothing holds them back, and nothing is written twice for it. */
  hasWritten(record: LogRecord): boolean {
    return this.isShared && this.#written.has(record);
  }

  noteWritten(record: LogRecord): void {
    if (this.isShared) this.#written.add(record);
  }
}

const shares = new WeakMap<Handler, TargetShare>();

/** Takes part in the target. */
function shareTarget(target: Handler): TargetShare {
  let share = shares.get(target);
  if (share === undefined) shares.set(target, (share = new TargetShare()));
  return share.join();
}

/** A record that a dump has still to write. */
interface PendingRecord {
  readonly record: LogRecord;
  readonly limit: number | undefined;
}

/** What the dump of one unit of work has still to write. */
interface Backlog {
  readonly pending: PendingRecord[];
  /** Index of the first that is not written yet: taking them off the front would move all the others. */
  head: number;
}

function levelOutside(level: HindsightHandlerOptions['passThroughLevel']): number {
  if (level === null) return NOTSET;
  return level === Infinity ? level : parseLevel(level ?? INFO);
}

/** Records of a dump written in one turn of the event loop; more would stall other requests for over 10 ms. */
const RECORDS_A_TURN = 2500;

/**
 * Routes each record: outside a scope to the target by level, inside one as the scope decides. The target's own level
 * holds for what is written at once; a dump is written whatever its level. The target's filters always run.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` if `target` is not a handler.
 */
export class HindsightHandler extends Handler implements ScopeSink {
  readonly target: Handler;
  /** Set when the handler acts in its own scopes only. */
  ownPassThroughLevel: number | undefined;
  #passThroughLevel: number;
  readonly #share: TargetShare;
  /**
   * What large dumps have still to write. Later records of the same work queue behind it, so that they stay in order;
   * all others are written at once.
   */
  readonly #backlogs = new Map<RecordContext | undefined, Backlog>();
  #dumpedThisTurn = 0;
  #outsideCount = 0;
  readonly #outside: OutsideRecords = { since: undefined, reported: false };
  #turn: NodeJS.Immediate | undefined;
  readonly #writeTurn = guarded('a dump', () => this.#writeBacklog(RECORDS_A_TURN));

  constructor(target: Handler, options: HindsightHandlerOptions = {}) {
    options = checkedOptions(new.target.name, options, new.target === HindsightHandler && OPTIONS);
    // Before it is one of the open handlers, which are flushed when the process ends.
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

  /** Acts in all scopes from now on, and outside. @internal */
  actEverywhere(passThroughLevel: HindsightHandlerOptions['passThroughLevel']): void {
    this.ownPassThroughLevel = undefined;
    this.#passThroughLevel = levelOutside(passThroughLevel);
  }

  /** Without the base's guard: a target that logs while a dump is written must not lose that record. */
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

  /**
   * Writes what a dump still owes, and what requests hold that are cut off by the shutdown. The target belongs to whoever
   * made it, and is closed by them.
   */
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
      // Here and not where the dump begins: a message is rendered to be measured, which takes most of a dump's time.
      if (limit !== undefined) this.#charge(record, limitRecord(record, limit));
      this.target.handle(record);
    } catch (error) {
      // A handler of a user's own may throw out of handle(); the rest of a dump must still arrive.
      diagnostics.report({ source: this.target.describe(), what: 'handle() threw', error });
    }
  }

  /** What a dump writes counts against the limit of the scope's tree. */
  #charge({ context, hindsight }: LogRecord, bytes: number): void {
    const scope = ownScope(context);
    if (scope !== undefined && hindsight !== undefined)
      floodLimitOf(scope.tree).spend(bytes, hindsight.reason);
  }

  /** Counts one dumped record; true when this turn of the event loop has had its share of them. */
  #turnIsOver(): boolean {
    this.#turn ??= setImmediate(this.#writeTurn);
    return ++this.#dumpedThisTurn > RECORDS_A_TURN;
  }

  /** Writes about `count` records. Each dump gets the same share of them: a small one need not wait for a large one. */
  #writeBacklog(count: number): void {
    clearImmediate(this.#turn);
    this.#turn = undefined;
    this.#dumpedThisTurn = 0;
    const share = Math.ceil(count / this.#backlogs.size);
    for (const [work, backlog] of this.#backlogs) {
      this.#writeOwed(backlog, share);
      if (backlog.head === backlog.pending.length) this.#backlogs.delete(work);
    }
    if (this.#backlogs.size > 0) this.#turn = setImmediate(this.#writeTurn);
  }

  #writeOwed(backlog: Backlog, count: number): void {
    const end = Math.min(backlog.head + count, backlog.pending.length);
    while (backlog.head < end) {
      const { record, limit } = backlog.pending[backlog.head++] as PendingRecord;
      this.#handOver(record, limit);
    }
  }
}

/** What a record belongs to; of a scope of another copy of the package no more is known than the scope. */
function workOf({ context }: LogRecord): RecordContext | undefined {
  return ownScope(context)?.work ?? context;
}
