/** Says whether the application's handlers deliver, in the form that @nestjs/terminus asks for. */
import { diagnostics } from '../../core/diagnostics';
import { ConfigurationError } from '../../errors';
import { statsOf, type HandlerStats } from '../../handlers/handler-stats';
import { checkedOptions, type OptionNames } from '../../internal/options';
import { ApplicationLogs } from '../application/application-logs';

export interface LoggingHealthOptions {
  /** Records that may wait in the queue of one handler. @defaultValue 5000 */
  readonly maxQueued?: number;
  /** Records that one handler may drop within `windowMs`. @defaultValue 0 */
  readonly maxDropped?: number;
  /** Drops and failures count for this time, in ms. @defaultValue 60_000 */
  readonly windowMs?: number;
}

/** The health of one handler of the application. */
export interface HandlerHealth {
  readonly delivering: boolean;
  readonly queued: number;
  /** Records that were dropped within the window. */
  readonly dropped: number;
  /** Failures that were reported on stderr within the window. */
  readonly failures: number;
}

export interface LoggingHealth {
  readonly status: 'up' | 'down';
  /** Why it is down. */
  readonly message?: string;
  readonly handlers: Readonly<Record<string, HandlerHealth>>;
  /** Failures of logging that were reported on stderr since the process started. */
  readonly diagnostics: number;
}

type Snapshot = ReadonlyMap<string, HandlerStats>;

const OWNER = 'LoggingHealthIndicator';
const OPTIONS = {
  maxQueued: true,
  maxDropped: true,
  windowMs: true,
} as const satisfies OptionNames<LoggingHealthOptions>;
const DEFAULTS = { maxQueued: 5000, maxDropped: 0, windowMs: 60_000 } as const;

function checked(options: LoggingHealthOptions): Required<LoggingHealthOptions> {
  const all = { ...DEFAULTS, ...checkedOptions(OWNER, options, OPTIONS) };
  for (const [name, value] of Object.entries(all)) {
    if (typeof value === 'number' && value >= 0) continue;
    throw new ConfigurationError(`${OWNER}: "${name}" must be a non-negative number, got ${String(value)}.`);
  }
  return all;
}

/** A non-empty queue is a problem only after a failure, or if no record has left it since `before`. */
function isDelivering(now: HandlerStats, before: HandlerStats | undefined): boolean {
  const failed = now.failures > (before?.failures ?? 0);
  if (!now.isQueued) return !failed;
  const isStuck = before !== undefined && before.queued > 0 && now.sent === before.sent;
  return (
    now.queued === 0 || !(failed || (isStuck && now.sent + now.dropped === before.sent + before.dropped))
  );
}

/**
 * Works with @nestjs/terminus 11 and 12, and without it: `check` returns a plain result, as HealthIndicatorService does. The
 * status is `down` if a handler does not deliver, has a long queue, or has dropped records within the last minute.
 *
 * @example
 * health.check([() => this.logging.check('logging')]);
 */
export class LoggingHealthIndicator {
  readonly #logs: ApplicationLogs;
  /** The snapshots within the window, and the newest one before it. */
  readonly #seen: { readonly at: number; readonly handlers: Snapshot }[];

  constructor(logs: ApplicationLogs) {
    this.#logs = logs;
    this.#seen = [{ at: performance.now(), handlers: this.#snapshot() }];
  }

  /**
   * Returns the state of the application's handlers under `key`.
   *
   * @throws ConfigurationError `ERR_LOG_OPTION` for a bad limit.
   */
  check<Key extends string = 'logging'>(
    key: Key = 'logging' as Key,
    options: LoggingHealthOptions = {},
  ): Record<Key, LoggingHealth> {
    const limits = checked(options);
    const now = this.#snapshot();
    const before = this.#before(now, limits.windowMs);
    const handlers: Record<string, HandlerHealth> = {};
    const problems: string[] = [];
    for (const [name, stats] of now) {
      const past = before?.get(name);
      const health = {
        delivering: isDelivering(stats, past),
        queued: stats.queued,
        dropped: stats.dropped - (past?.dropped ?? 0),
        failures: stats.failures - (past?.failures ?? 0),
      };
      handlers[name] = health;
      if (!health.delivering) problems.push(`${name} does not deliver`);
      if (health.queued > limits.maxQueued) problems.push(`${health.queued} records wait for ${name}`);
      if (health.dropped > limits.maxDropped) problems.push(`${name} dropped ${health.dropped} records`);
    }
    const result = { handlers, diagnostics: diagnostics.total };
    const health: LoggingHealth =
      problems.length === 0
        ? { status: 'up', ...result }
        : { status: 'down', message: problems.join('; '), ...result };
    return { [key]: health } as Record<Key, LoggingHealth>;
  }

  #snapshot(): Snapshot {
    return new Map([...this.#logs.handlers].map(([name, handler]) => [name, statsOf(handler)]));
  }

  /** The snapshot when the window began, or the oldest one. Also stores `handlers` for later calls. */
  #before(handlers: Snapshot, windowMs: number): Snapshot | undefined {
    const now = performance.now();
    while ((this.#seen[1]?.at ?? Infinity) <= now - windowMs) this.#seen.shift();
    const [oldest] = this.#seen;
    // Frequent checks must not fill the memory.
    if (now - (this.#seen.at(-1)?.at ?? 0) >= windowMs / 60) this.#seen.push({ at: now, handlers });
    return oldest?.handlers;
  }
}
