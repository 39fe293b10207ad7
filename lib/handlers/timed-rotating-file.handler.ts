/** Appends to a file that is renamed at a time of day, or after an interval. Keeps a number of old files. */
import { lstatSync, statSync } from 'node:fs';
import { describeHandler } from '../core/class-descriptions';
import type { LogRecord } from '../core/log-record';
import { DeliveryError } from '../errors';
import { boolean, integer, readOptions, rule, type SpecOf } from '../internal/options';
import { strftime } from '../internal/strftime';
import { lazy } from '../internal/lazy';
import { BASE_ROTATING_SPEC, type BaseRotatingHandlerOptions } from './rotating-options';
import { BaseRotatingHandler } from './base-rotating.handler';
import type { Backup } from './files/expired-files';
import { dateMatcher, secondsOfDay, unitOf, type Schedule, type When } from './files/when';
import { FILE_ARGUMENTS } from './file.handler';

const loadRotation = lazy(() => require('./files/rotation') as typeof import('./files/rotation'));
const loadExpired = lazy(() => require('./files/expired-files') as typeof import('./files/expired-files'));
const loadTimes = lazy(() => require('./files/rollover-time') as typeof import('./files/rollover-time'));

export interface TimedRotatingFileHandlerOptions extends Omit<BaseRotatingHandlerOptions, 'mode'> {
  /**
   * With `S`, `M`, `H` and `D`, intervals begin with the creation of the file. With `midnight` and `W0` (Monday) to `W6`
   * (Sunday), the file is rotated at the end of the day by the wall clock, or at `atTime` on that day. Case-insensitive.
   * @defaultValue 'h'
   */
  readonly when?: When | Lowercase<When> | Uppercase<When>;
  /** Units between two rollovers. @defaultValue 1 */
  readonly interval?: number;
  /**
   * The file stays smaller than this many bytes, unless one record is larger: it is also rotated before its time. If the name
   * of the backup exists, a number is added: `app.log.2024-02-29`, `app.log.2024-02-29.1`, `app.log.2024-02-29.2`. 0 rotates
   * by time only.
   * @defaultValue 0
   */
  readonly maxBytes?: number;
  /** Number of old files to keep. 0 keeps all. @defaultValue 0 */
  readonly backupCount?: number;
  /** Use UTC instead of the time zone of the process. @defaultValue false */
  readonly utc?: boolean;
  /** Time of `midnight` and weekly rollovers: `'02:30'` or `'02:30:15'`. @defaultValue the end of the day */
  readonly atTime?: string;
  /** Rotate on time even if nothing is logged. The timer does not keep the process alive. @defaultValue false */
  readonly rotateWhenIdle?: boolean;
}

/** Without `mode`, since the file is always opened with `a`. */
const { mode: _mode, ...WITHOUT_MODE } = BASE_ROTATING_SPEC;
const TIMED_ROTATING_FILE_SPEC = {
  ...WITHOUT_MODE,
  when: rule('S, M, H, D, midnight, or W0 (Monday) to W6 (Sunday)', unitOf, { fallback: 'h' }),
  interval: integer(1, 1),
  maxBytes: integer(0, 0),
  backupCount: integer(0, 0),
  utc: boolean(false),
  atTime: rule("a time of day such as '02:30' or '02:30:15'", secondsOfDay, {
    otherwise: 'the end of the day',
  }),
  rotateWhenIdle: boolean(false),
} satisfies SpecOf<TimedRotatingFileHandlerOptions>;

/** Longest delay of the idle timer, in ms, so that it notices a clock that was set forward. */
const LONGEST_SLEEP_MS = 60_000;
/** Delay of the idle timer while a rotation is overdue, in ms. The pause after a failure may be longer. */
const OVERDUE_SLEEP_MS = 1000;
/** File times are those of the last kernel tick, so a file created at midnight may seem to belong to the day before. */
const FILE_TIME_LAG_MS = 20;
/** 400 days, 7 h, 11 min and 13 s. Changes the year, month, week, weekday, day, hour, minute and second of a date. */
const UNLIKE_SECONDS = 34_585_873;
/** Most numbers to try for a free name. More backups of one interval are a mistake. */
const MOST_REPEATS = 10_000;

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** When the file was created, in seconds. With its last change, a process that restarts often would never rotate. */
function beginningOf(path: string | URL): number | undefined {
  try {
    const { birthtimeMs, mtimeMs } = statSync(path);
    // 0 in file systems without a birth time.
    const begun = birthtimeMs > 0 ? Math.min(birthtimeMs, mtimeMs) : mtimeMs;
    return Math.floor((begun + FILE_TIME_LAG_MS) / 1000);
  } catch {
    // There is no file yet. Other errors are reported when the file is opened.
    return undefined;
  }
}

/**
 * Ports logging.handlers.TimedRotatingFileHandler (CPython 3.14, and the creation time of the file as in 3.15). A backup
 * has the beginning of its interval in its name: `app.log.2024-02-29`. Times are whole seconds.
 *
 * Differs:
 * - Rollovers follow the wall clock in every time zone. CPython adds or subtracts an hour, which is wrong for Lord Howe,
 *   Dublin, Troll and Apia (gh-86410).
 * - If the backup exists, the new one gets a number: `app.log.2024-11-03_01.1`. CPython never rotates again, so hourly
 *   rotation stops when an hour occurs twice in autumn.
 * - Backups are found and deleted in the namer's directories, if each path contains the whole date. If a delete fails, this
 *   is reported and the record is written.
 * - If a rotation fails, no record is lost. Several processes may share the file: see BaseRotatingHandler.
 * - `atTime` is a string. `interval` must be positive, and `backupCount` must not be negative.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` as FileHandler, or if an option is invalid.
 * @example
 * logger.addHandler(new TimedRotatingFileHandler('app.log', { when: 'midnight', backupCount: 14 }));
 */
export class TimedRotatingFileHandler extends BaseRotatingHandler {
  /** In upper case. */
  readonly when: string;
  /** Seconds between two rollovers, without daylight saving changes. */
  readonly interval: number;
  readonly utc: boolean;
  /** 0 is Monday. Undefined unless the rollover is weekly. */
  readonly dayOfWeek: number | undefined;
  maxBytes: number;
  backupCount: number;
  /** strftime pattern of the date in the name of a backup. */
  suffix: string;
  /** Matches that date in a name. */
  extMatch: RegExp;
  /** The next rollover, in seconds since the epoch. */
  rolloverAt: number;
  readonly #schedule: Schedule;
  readonly #rotateWhenIdle: boolean;
  #timer: NodeJS.Timeout | undefined;

  constructor(filename: string | URL, options: TimedRotatingFileHandlerOptions = {}) {
    const owner = new.target.name;
    const settings = readOptions(TIMED_ROTATING_FILE_SPEC, options, new.target);
    loadRotation().checkTotal(owner, settings);
    // Not at the first rotation: a process without a free file descriptor cannot load a file.
    loadExpired();
    const existed = beginningOf(filename) !== undefined;
    super(filename, { ...options, mode: 'a' });
    const { interval: count, utc, atTime } = settings;
    const { when, unit } = settings.when;
    const dayOfWeek = when.startsWith('W') ? Number(when.slice(1)) : undefined;
    this.#schedule = { when, count, utc, atTime, dayOfWeek };
    this.when = when;
    this.interval = unit.seconds * count;
    this.utc = utc;
    this.dayOfWeek = dayOfWeek;
    this.maxBytes = settings.maxBytes;
    this.backupCount = settings.backupCount;
    this.suffix = unit.suffix;
    this.extMatch = dateMatcher(unit);
    // Read again after the open, since another process may just have rotated the file.
    const begun = existed ? beginningOf(this.baseFilename) : undefined;
    this.rolloverAt = this.computeRollover(begun ?? this.#now());
    this.#rotateWhenIdle = settings.rotateWhenIdle;
    this.#sleep();
    this.startCompressing();
  }

  /** Returns the next rollover after `currentTime`. Both are whole seconds since the epoch. */
  computeRollover(currentTime: number): number {
    return loadTimes().nextRollover(this.#schedule, currentTime);
  }

  override shouldRollover(record: LogRecord, text?: string): boolean {
    if (this.#isTime()) return true;
    if (this.maxBytes <= 0) return false;
    const { file, pendingBytes, maxBytes } = this;
    const full = text ?? this.format(record) + this.terminator;
    return loadRotation().isFullFor(full, { file, pendingBytes, maxBytes });
  }

  override doRollover(): void {
    const moved = this.rollOver(() => this.rotate(this.baseFilename, this.#freeName()));
    if (moved) this.rolloverAt = this.computeRollover(this.#now());
    this.#sleep();
  }

  /** Paths of the backups that exceed `backupCount`, `maxAgeDays` or `maxTotalBytes`, the oldest first. */
  getFilesToDelete(): string[] {
    const backups = this.#backups();
    const counts = this.backupCount > 0 || !this.isLimited;
    const tooMany = counts ? loadExpired().expired(backups, this.backupCount) : [];
    const others = backups.slice(tooMany.length).flatMap(({ paths }) => paths);
    return [...tooMany.flatMap(({ paths }) => paths), ...this.beyondLimits(others)];
  }

  override close(): void | Promise<void> {
    clearTimeout(this.#timer);
    return super.close();
  }

  protected override backupPaths(): readonly string[] {
    return this.#backups().flatMap(({ paths }) => paths);
  }

  protected override expiredPaths(): readonly string[] {
    return this.backupCount > 0 || this.isLimited ? this.getFilesToDelete() : [];
  }

  protected override onRotatedElsewhere(): void {
    const now = this.#now();
    const begun = Math.min(now, beginningOf(this.baseFilename) ?? now);
    // The due rollover has happened, even if the clock of a file server differs.
    this.rolloverAt = this.computeRollover(this.rolloverAt <= now ? Math.max(begun, this.rolloverAt) : begun);
    this.#sleep();
  }

  #now(): number {
    return Math.floor(this.clock.now() / 1000);
  }

  #isTime(): boolean {
    const now = this.#now();
    if (now < this.rolloverAt) return false;
    const stat = statSync(this.baseFilename, { throwIfNoEntry: false });
    if (stat === undefined || stat.isFile()) return true;
    // A device or a pipe is never renamed.
    this.rolloverAt = this.computeRollover(now);
    return false;
  }

  #plainName(laterBy = 0): string {
    const at = this.rolloverAt + laterBy;
    const begin = loadTimes().intervalStart(this.#schedule, at);
    const date = strftime(this.suffix, begin, { utc: this.utc });
    return `${this.baseFilename}.${date ?? at}`;
  }

  /** Returns a free name with the highest number of its date. With a lower one, the backup would seem older. */
  #freeName(): string {
    const plain = this.#plainName();
    const first = this.rotationFilename(plain);
    const nameOf = (repeat: number): string => {
      const path = repeat === 0 ? first : this.rotationFilename(`${plain}.${repeat}`);
      // The namer ignores the number.
      return repeat > 0 && path === first ? `${first}.${repeat}` : path;
    };
    const isTaken = (path: string): boolean =>
      isThere(path) || (this.compress !== undefined && isThere(path + loadRotation().GZIP_SUFFIX));
    const next = this.#nextRepeat(plain);
    for (let repeat = next; repeat <= next + MOST_REPEATS; repeat++) {
      const path = nameOf(repeat);
      if (!isTaken(path)) return path;
    }
    throw new DeliveryError(`no free name like "${first}"`);
  }

  #nextRepeat(plain: string): number {
    try {
      // The backups are sorted by date and number.
      const last = this.#backups().findLast(({ date }) => plain === `${this.baseFilename}.${date}`);
      return last === undefined ? 0 : last.repeat + 1;
    } catch {
      // No permission to list the directory: use the first free name.
      return 0;
    }
  }

  #backups(): Backup[] {
    const suffix = this.compress === undefined ? undefined : loadRotation().GZIP_SUFFIX;
    const namer =
      typeof this.namer === 'function' ? (path: string) => this.rotationFilename(path) : undefined;
    return loadExpired().findBackups(this.baseFilename, {
      suffix,
      date: this.extMatch,
      namer,
      samples: [this.#plainName(), this.#plainName(UNLIKE_SECONDS)],
    });
  }

  #sleep(): void {
    clearTimeout(this.#timer);
    if (!this.#rotateWhenIdle || this.closed) return;
    const ms = this.rolloverAt * 1000 - this.clock.now();
    this.#timer = setTimeout(
      () => this.#wake(),
      ms > 0 ? Math.min(ms, LONGEST_SLEEP_MS) : OVERDUE_SLEEP_MS,
    ).unref();
  }

  #wake(): void {
    this.rollOverIf(() => {
      this.followPath();
      if (!this.#isTime()) return false;
      const size = statSync(this.baseFilename, { throwIfNoEntry: false })?.size ?? 0;
      if (size > 0 || this.pendingRecords > 0) return true;
      // Nothing was logged, so there is nothing to keep.
      this.rolloverAt = this.computeRollover(this.#now());
      return false;
    });
    this.#sleep();
  }
}

describeHandler(TimedRotatingFileHandler, TIMED_ROTATING_FILE_SPEC, {
  arguments: FILE_ARGUMENTS,
  together: (owner, settings) => loadRotation().checkTotal(owner, settings),
});
