/** Prints the logs of a test only if it fails, in vitest, jest and node:test. */
import type { RecordFormatter } from '../core/handler';
import { DEBUG, parseLevel, type LevelInput } from '../core/level';
import { defaultManager } from '../core/manager';
import { observing } from '../core/record-observer';
import { PrettyFormatter } from '../formatters';
import { checkInteger } from '../internal/check-number';
import { checkedOptions, type OptionNames } from '../internal/checked-options';
import { writeToSink } from '../internal/stdio';
import { FailureBuffer } from './failure-buffer';
import { findRunner, type TestHooks } from './test-runners';

/** Options for all tests of a process. */
export interface BufferUntilFailureOptions {
  /** Lowest level of held records. Replaces the level of the root logger; levels of other loggers apply. @defaultValue DEBUG */
  readonly level?: LevelInput;
  /** Records held for one test. The oldest are dropped beyond it, and the output says how many. @defaultValue 1000 */
  readonly capacity?: number;
  /** Formats records at the log call, also for tests that pass. @defaultValue a PrettyFormatter */
  readonly formatter?: RecordFormatter;
  /** Called with the logs of a failed test. @defaultValue writes to standard error */
  readonly print?: (text: string) => void;
  /** The hooks of the runner, such as `import * as vitest from 'vitest'`. @defaultValue detected automatically */
  readonly hooks?: TestHooks;
}

const OPTIONS = {
  level: true,
  capacity: true,
  formatter: true,
  print: true,
  hooks: true,
} as const satisfies OptionNames<BufferUntilFailureOptions>;

function install(options: BufferUntilFailureOptions, seesAllTests: boolean): FailureBuffer {
  const capacity = checkInteger('bufferUntilFailure', 'capacity', {
    value: options.capacity ?? 1000,
    least: 1,
  });
  const level = parseLevel(options.level ?? DEBUG);
  const formatter = options.formatter ?? new PrettyFormatter({ stream: process.stderr });
  const print = options.print ?? ((text: string) => writeToSink(process.stderr, text));
  const buffer = new FailureBuffer({ level, capacity, formatter, print }, seesAllTests);
  observing.current = buffer;
  defaultManager.updateEnabled();
  return buffer;
}

/** The existing buffer, which may belong to another copy of the package, or a new one. */
function installed(): Pick<FailureBuffer, 'runTest'> {
  const { current } = observing;
  return current?.runTest === undefined ? install({}, false) : { runTest: current.runTest.bind(current) };
}

/** The name of a test in the context of vitest or node:test. */
function nameIn(context: unknown): string {
  if (typeof context !== 'object' || context === null) return '';
  if ('fullName' in context) return String(context.fullName);
  return 'task' in context ? nameIn(context.task) : 'name' in context ? String(context.name) : '';
}

function wrapped<Args extends unknown[]>(
  test: (...args: Args) => unknown,
  ownName: string,
): (...args: Args) => Promise<void> {
  installed();
  return async (...args) => installed().runTest(nameIn(args[0]) || ownName, async () => test(...args));
}

/**
 * Called in a setup file, once for all tests: holds what a test logs, from DEBUG on, and prints it only if the test fails.
 * Handlers on standard output and standard error are quiet meanwhile. All other handlers get the same records as always, and no
 * level changes. The runner is detected automatically: vitest, jest, or else node:test.
 *
 * @throws ConfigurationError `ERR_LOG_LEVEL` for an unknown level; `ERR_LOG_OPTION` for a bad capacity, and for an unknown
 * runner without `hooks`.
 * @example
 * // vitest: setupFiles. jest: setupFilesAfterEnv. node:test: --import.
 * bufferUntilFailure();
 */
export function bufferUntilFailure(options?: BufferUntilFailureOptions): void;
/**
 * Wraps the body of one test, in any runner. It is needed only for concurrent tests in jest and node:test, whose hooks cannot
 * assign a record to a test. A test with a `done` callback must return a promise instead.
 *
 * @example
 * it('sells', bufferUntilFailure(async () => { … }));
 */
export function bufferUntilFailure<Args extends unknown[]>(
  test: (...args: Args) => unknown,
): (...args: Args) => Promise<void>;
export function bufferUntilFailure(
  first: BufferUntilFailureOptions | ((...args: unknown[]) => unknown) = {},
): void | ((...args: unknown[]) => Promise<void>) {
  if (typeof first === 'function') return wrapped(first, first.name);
  const options = checkedOptions('bufferUntilFailure', first, OPTIONS);
  const listenTo = findRunner(options.hooks);
  listenTo(install(options, true));
}
