/** Keeps what each test logs until the test has passed or failed. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { formatException } from '../core/exception-text';
import type { RecordFormatter } from '../core/handler';
import type { LogRecord } from '../core/log-record';
import { ownRecord } from '../core/own-record';
import type { RecordObserver } from '../core/record-observer';
import { escapeControls } from '../internal/control-characters';

/** A record with its text at the time of the log call: its arguments may change later. */
interface Line {
  readonly record: LogRecord;
  readonly text: string;
}

/** What was logged in one test, or outside of tests. */
export interface TestLogs {
  /** '' if the runner gives no name. */
  readonly name: string;
  readonly lines: Line[];
  /** How many older lines were dropped. */
  dropped: number;
  /** The async context of the test identifies its records. */
  tracked: boolean;
  /** A test inside this one failed, so this one fails, too. */
  innerFailed: boolean;
  /** Some lines may belong to other tests that ran at the same time. */
  shared: boolean;
}

export interface FailureBufferOptions {
  readonly level: number;
  readonly capacity: number;
  readonly formatter: RecordFormatter;
  readonly print: (text: string) => void;
}

function emptyLogs(name: string): TestLogs {
  return { name, lines: [], dropped: 0, tracked: false, innerFailed: false, shared: false };
}

/** In node:test, the name of a subtest starts with the name of the outer test. */
function isInside(inner: TestLogs, outer: TestLogs): boolean {
  return outer.name !== '' && inner.name.startsWith(`${outer.name} > `);
}

/** Gets the records of all tests of a process. Keeps those of concurrent tests apart if it knows which test they belong to. */
export class FailureBuffer implements RecordObserver {
  readonly #options: FailureBufferOptions;
  readonly #storage = new AsyncLocalStorage<TestLogs>();
  readonly #running = new Set<TestLogs>();
  /** What was logged outside of tests. Kept only if the runner's hooks report every test. */
  readonly #outside: TestLogs | undefined;
  /** Printed records, so that a record of two tests is printed once. */
  readonly #printed = new WeakSet<LogRecord>();
  readonly #writeOf = new Map<object, unknown>();
  #formatting = false;

  constructor(options: FailureBufferOptions, seesAllTests: boolean) {
    this.#options = options;
    this.#outside = seesAllTests ? emptyLogs('') : undefined;
    for (const stream of [process.stdout, process.stderr]) this.#writeOf.set(stream, writeOf(stream));
  }

  get level(): number {
    return this.#options.level;
  }

  /** Opens the logs of a test. Concurrent tests are kept apart if they use `run()`. */
  begin(name: string): TestLogs {
    const logs = emptyLogs(name);
    this.#running.add(logs);
    return logs;
  }

  run<T>(logs: TestLogs, test: () => T): T {
    logs.tracked = true;
    return this.#storage.run(logs, test);
  }

  /** Runs a whole test. Prints what it logged if it rejects. */
  async runTest(name: string, test: () => Promise<unknown>): Promise<void> {
    const logs = this.begin(name);
    let failed = true;
    try {
      await this.run(logs, test);
      failed = false;
    } finally {
      this.end(logs, failed);
    }
  }

  /** The test gets no more records. */
  stop(logs: TestLogs): void {
    this.#running.delete(logs);
  }

  end(logs: TestLogs, failed: boolean): void {
    this.stop(logs);
    if (!failed && !logs.innerFailed) return;
    for (const outer of this.#running) outer.innerFailed ||= isInside(logs, outer);
    this.#printOutside();
    const beside = logs.shared ? ', some perhaps from tests that ran at the same time' : '';
    const which = logs.name === '' ? 'a failed test' : `the failed test "${escapeControls(logs.name)}"`;
    this.#print(logs, `logs of ${which}${beside}:`);
  }

  /** Called by the last hook of a file. If another hook has failed, its tests may not have run at all. */
  endFile(failed: boolean): void {
    if (failed) this.#printOutside();
  }

  see(given: LogRecord): void {
    const record = ownRecord(given);
    if (record.levelno < this.level || this.#formatting) return;
    const targets = this.#targets();
    if (targets.length === 0) return;
    const line = { record, text: this.#textOf(record) };
    for (const logs of targets) {
      logs.shared ||= targets.length > 1;
      logs.lines.push(line);
      if (logs.lines.length <= this.#options.capacity) continue;
      logs.lines.shift();
      logs.dropped++;
    }
  }

  /** Whether handlers must not write to this stream now. False if its `write` was replaced, for example by a test's spy. */
  hides(stream: object): boolean {
    const original = this.#writeOf.get(stream);
    if (original === undefined || original !== writeOf(stream)) return false;
    return this.#outside !== undefined || this.#running.size > 0;
  }

  /** A record from elsewhere, such as a server that an earlier hook started, belongs to the running test. */
  #targets(): readonly TestLogs[] {
    const own = this.#storage.getStore();
    // A connection that an earlier test opened may still have that test's async context.
    if (own !== undefined && this.#running.has(own)) return [own];
    const running = [...this.#running];
    if (running.length === 0) return this.#outside === undefined ? [] : [this.#outside];
    if (running.length === 1) return running;
    const untracked = running.filter(({ tracked }) => !tracked);
    const candidates = untracked.length === 0 ? running : untracked;
    return candidates.filter((logs) => !candidates.some((other) => isInside(other, logs)));
  }

  #textOf(record: LogRecord): string {
    const { message, asctime, excText } = record;
    this.#formatting = true;
    try {
      return this.#options.formatter.format(record);
    } catch (error) {
      // formatException() never throws, even if `toString` of the thrown value does.
      const [reason = ''] = formatException(error).split('\n', 1);
      return escapeControls(`a record of ${record.name} could not be formatted: ${reason}`);
    } finally {
      this.#formatting = false;
      // Restore what the formatter has set on the record: handlers may redact in other ways.
      Object.assign(record, { message, asctime, excText });
    }
  }

  #printOutside(): void {
    const logs = this.#outside;
    if (logs === undefined) return;
    this.#print(logs, 'logged outside of tests so far:');
    logs.lines.length = 0;
    logs.dropped = 0;
  }

  #print({ lines, dropped }: TestLogs, heading: string): void {
    const texts = lines.filter(({ record }) => !this.#printed.has(record)).map(({ text }) => text);
    if (texts.length === 0) return;
    for (const { record } of lines) this.#printed.add(record);
    if (dropped > 0) texts.unshift(`… ${dropped} older records were dropped`);
    this.#options.print(`${[heading, ...texts].join('\n')}\n`);
  }
}

function writeOf(stream: object): unknown {
  return 'write' in stream ? stream.write : undefined;
}
