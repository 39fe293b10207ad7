/** Reports on stderr what logging itself could not do: every failure is counted, and few are printed. */
import { escapeControls } from '../internal/control-characters';
import { describeError } from '../internal/error-code';
import { replaceShared } from '../internal/earlier-copies';
import { globalState } from '../internal/global-state';
import { writeToSink } from '../internal/stdio';

export interface LoggingSettings {
  /** Report failures of logging itself on stderr. Ports logging.raiseExceptions. @defaultValue true */
  raiseExceptions: boolean;
  /** Find the calling file, line and function of each record. Costs 1 to 2 µs a call. @defaultValue false */
  captureCaller: boolean;
  /** Add the ids of the active span to each record, if `@opentelemetry/api` is installed. @defaultValue true */
  openTelemetry: boolean;
}

/**
 * Switches for the whole process. A change takes effect at once. A formatter that prints the caller sets
 * `captureCaller`.
 */
export const loggingSettings = globalState('settings', (): LoggingSettings => ({
  raiseExceptions: true,
  captureCaller: false,
  openTelemetry: true,
}));

/** A source that keeps failing is reported once in this many ms, with the count of unreported failures. */
const INTERVAL_MS = 10_000;
/** Sources beyond this number share one entry, so that generated names cannot grow the table. */
const MAX_SOURCES = 1000;

export interface Failure {
  /** The object that failed, such as `FileHandler app.log`. Failures of one source are counted together. */
  readonly source: string;
  /** What went wrong, such as `a record was not written`. */
  readonly what: string;
  readonly error?: unknown;
  /** Identifies the record without the values of its arguments. */
  readonly subject?: string;
}

/** A source that works again after failures. */
export type Recovery = Pick<Failure, 'source' | 'what'>;

/** Recoveries have their own rate limit, so that they need not wait for the interval of the failures. */
const RECOVERED = ' (recovered)';

interface Source {
  failures: number;
  unreported: number;
  last: Failure;
  timer: NodeJS.Timeout | undefined;
}

/** Counts of the whole process, shared by all copies of the package. */
interface Counts {
  /** Failures since the process began. */
  total: number;
  readonly sources: Map<string, Source>;
}

function newCounts(): Counts {
  return { total: 0, sources: new Map() };
}

/** Counts failures by source and prints them with a rate limit. */
export class Diagnostics {
  readonly #counts: Counts;

  /** @param counts - Counts to continue with. */
  constructor(counts: Counts = newCounts()) {
    this.#counts = counts;
  }

  /** Failures since the process began. */
  get total(): number {
    return this.#counts.total;
  }

  /** Failures of one source. */
  count(source: string): number {
    return this.#counts.sources.get(source)?.failures ?? 0;
  }

  report(failure: Failure): void {
    this.#counts.total++;
    const source = this.#sourceOf(failure.source, failure);
    source.failures++;
    this.#tell(source, failure);
  }

  /** Reports that a source works again, with the same rate limit. Counts nothing. */
  recovered(recovery: Recovery): void {
    this.#tell(this.#sourceOf(recovery.source + RECOVERED, recovery), recovery);
  }

  #tell(source: Source, failure: Failure): void {
    source.last = failure;
    if (source.timer !== undefined) {
      source.unreported++;
      return;
    }
    // Set before printing, since a stderr that logs its text must not cause an endless loop.
    source.timer = setTimeout(() => this.#summarise(source), INTERVAL_MS).unref();
    this.#print(failure, 0);
  }

  /** Prints the counts that wait for their interval. Called at the end of the process. */
  flush(): void {
    for (const source of this.#counts.sources.values()) {
      clearTimeout(source.timer);
      this.#summarise(source);
    }
  }

  #sourceOf(key: string, failure: Failure): Source {
    const { sources } = this.#counts;
    const name = sources.size < MAX_SOURCES ? key : 'other sources';
    let source = sources.get(key) ?? sources.get(name);
    if (source === undefined) {
      source = { failures: 0, unreported: 0, last: failure, timer: undefined };
      sources.set(name, source);
    }
    return source;
  }

  #summarise(source: Source): void {
    source.timer = undefined;
    if (source.unreported === 0) return;
    const more = source.unreported;
    source.unreported = 0;
    source.timer = setTimeout(() => this.#summarise(source), INTERVAL_MS).unref();
    this.#print(source.last, more);
  }

  #print(failure: Failure, more: number): void {
    if (!loggingSettings.raiseExceptions) return;
    const cause = failure.error === undefined ? '' : `: ${describeError(failure.error)}`;
    const subject = failure.subject === undefined ? '' : ` (${failure.subject})`;
    const count = more === 0 ? '' : ` [${more} more since the last report]`;
    try {
      // The error may contain text of a server or client, which must not forge a second line.
      const line = escapeControls(`${failure.source}: ${failure.what}${cause}${subject}${count}`);
      writeToSink(process.stderr, `nestjs-hindsight: ${line}\n`);
    } catch {
      // stderr itself failed. The failure is counted, but cannot be printed.
    }
  }
}

export const diagnostics = new Diagnostics(globalState('failures', newCounts));
replaceShared('diagnostics', diagnostics);

/** Counts and reports an error of our own code in a listener, a timer or a hook. */
export function reportThrown(what: string, error: unknown): void {
  diagnostics.report({ source: 'request logs', what: `${what} failed`, error });
}

/** Runs `work`. If it throws, the error is counted and reported. Returns whether it did not throw. */
export function attempt(what: string, work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    reportThrown(what, error);
    return false;
  }
}

/** Wraps a listener, timer or hook so that it never throws. */
export function guarded<Args extends readonly unknown[]>(
  what: string,
  listener: (...args: Args) => void,
): (...args: Args) => void {
  return (...args) => void attempt(what, () => listener(...args));
}
