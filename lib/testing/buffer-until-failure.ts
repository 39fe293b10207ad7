/** Prints the logs of a test only if it fails, in vitest, jest and node:test. */
import { HANDLER_SPEC, type RecordFormatter } from '../core/handler';
import { level, type LevelInput } from '../core/level';
import { defaultManager } from '../core/manager';
import { observing } from '../core/record-observer';
import { PrettyFormatter } from '../formatters';
import { callback, integer, object, readOptions, type Settings, type SpecOf } from '../internal/options';
import { writeToSink } from '../internal/stdio';
import { FailureBuffer } from './failure-buffer';
import { findRunner, type TestHooks } from './test-runners';

/** Options for all tests of a process. */
export interface BufferUntilFailureOptions {
  /** Keeps records at or above this level, whatever the root logger's level. Levels of other loggers apply. @defaultValue DEBUG */
  readonly level?: LevelInput;
  /** How many records of one test are kept: the newest. The output says how many are missing. @defaultValue 1000 */
  readonly capacity?: number;
  /** Formats each record at the log call, also in tests that pass. @defaultValue a PrettyFormatter */
  readonly formatter?: RecordFormatter;
  /** Writes the logs of a failed test. @defaultValue to standard error */
  readonly print?: (text: string) => void;
  /** The runner's hooks, such as `import * as vitest from 'vitest'`. @defaultValue found automatically */
  readonly hooks?: TestHooks;
}

const SPEC = {
  level: level('DEBUG'),
  capacity: integer(1, 1000),
  formatter: HANDLER_SPEC.formatter,
  print: callback<(text: string) => void>(),
  hooks: object<TestHooks>('the hooks of a test runner'),
} satisfies SpecOf<BufferUntilFailureOptions>;

function read(options?: BufferUntilFailureOptions): Settings<typeof SPEC> {
  return readOptions(SPEC, options, 'bufferUntilFailure');
}

function install(options: Settings<typeof SPEC>, seesAllTests: boolean): FailureBuffer {
  const { capacity } = options;
  const formatter = options.formatter ?? new PrettyFormatter({ stream: process.stderr });
  const print = options.print ?? ((text: string) => writeToSink(process.stderr, text));
  const buffer = new FailureBuffer({ level: options.level, capacity, formatter, print }, seesAllTests);
  observing.current = buffer;
  defaultManager.updateEnabled();
  return buffer;
}

/** The current buffer, perhaps of another copy of the package, or a new one. */
function installed(): Pick<FailureBuffer, 'runTest'> {
  const { current } = observing;
  return current?.runTest === undefined ? install(read(), false) : { runTest: current.runTest.bind(current) };
}

/** The name of the test in a context of vitest or node:test. */
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
 * Call it once, in a setup file. Keeps what a test logs, from DEBUG on, and prints it only if the test fails. During a test,
 * handlers on standard output and standard error write nothing; all other handlers get their records as usual, and no level
 * changes. The runner is found automatically: vitest, jest, or else node:test.
 *
 * @throws ConfigurationError `ERR_LOG_LEVEL` for an unknown level; `ERR_LOG_OPTION` for a bad capacity, and for
 * another runner without `hooks`.
 * @example
 * // vitest: setupFiles. jest: setupFilesAfterEnv. node:test: --import.
 * bufferUntilFailure();
 */
export function bufferUntilFailure(options?: BufferUntilFailureOptions): void;
/**
 * Wraps the body of one test, in any runner. Needed only for concurrent tests in jest and node:test, whose hooks do not say
 * which test a record belongs to. A test with a `done` callback must return a promise instead.
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
  const options = read(first);
  const listenTo = findRunner(options.hooks);
  listenTo(install(options, true));
}
