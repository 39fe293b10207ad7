/** Tells on stderr what logging itself could not do: counted, and only once in a while. */
import { escapeControls } from '../internal/control-characters';
import { describeError } from '../internal/describe-error';
import { globalState } from '../internal/global-state';
import { writeToSink } from '../internal/stdio';
import { loggingSettings } from './settings';

/** A source that goes on failing is heard of once in this many ms, with the count of what was left out. */
const INTERVAL_MS = 10_000;
/** Sources beyond this many share one line, so that generated names cannot grow the table. */
const MAX_SOURCES = 1000;

export interface Failure {
  /** Who failed, such as `FileHandler app.log`. Failures of one source are counted together. */
  readonly source: string;
  /** What did not happen, such as `a record was not written`. */
  readonly what: string;
  readonly error?: unknown;
  /** Which record, in a form that holds no argument values. */
  readonly subject?: string;
}

/** What had failed works again. */
export type Recovery = Pick<Failure, 'source' | 'what'>;

/** The recoveries of a source are rate-limited on their own, so that the end of a failure does not wait for its interval. */
const RECOVERED = ' (recovered)';

interface Source {
  failures: number;
  unreported: number;
  last: Failure;
  timer: NodeJS.Timeout | undefined;
}

/** Of the whole process: every copy of the package counts on. */
interface Counts {
  /** Failures since the process began. */
  total: number;
  readonly sources: Map<string, Source>;
}

function newCounts(): Counts {
  return { total: 0, sources: new Map() };
}

/** Counts failures by source and writes them, rate-limited. */
export class Diagnostics {
  readonly #counts: Counts;

  /** @param counts - What it goes on counting. */
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

  /** Tells that what had failed works again, as rarely as failures, and counts nothing. */
  recovered(recovery: Recovery): void {
    this.#tell(this.#sourceOf(recovery.source + RECOVERED, recovery), recovery);
  }

  #tell(source: Source, failure: Failure): void {
    source.last = failure;
    if (source.timer !== undefined) {
      source.unreported++;
      return;
    }
    // Before it is printed: a stderr that logs what it is given must not lead back here without an end.
    source.timer = setTimeout(() => this.#summarise(source), INTERVAL_MS).unref();
    this.#print(failure, 0);
  }

  /** Prints the counts that wait for their interval; called when the process ends. */
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
      // An error may hold what a server or a client sent: it must not forge a second line.
      const line = escapeControls(`${failure.source}: ${failure.what}${cause}${subject}${count}`);
      writeToSink(process.stderr, `nestjs-hindsight: ${line}\n`);
    } catch {
      // Standard error itself is gone: the failure stays counted, and there is nobody left to tell.
    }
  }
}

export const diagnostics = new Diagnostics(globalState('failures', newCounts));
