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

/** For all tests of a process. */
export interface BufferUntilFailureOptions {
  /** Records from it on are kept, whatever the level of the root logger; a level set on another logger holds. @defaultValue DEBUG */
  readonly level?: LevelInput;
  /** Records kept of one test; the oldest give way, and the print says how many. @defaultValue 1000 */
  readonly capacity?: number;
  /** Made at the log call, for passing tests too. @defaultValue a PrettyFormatter */
  readonly formatter?: RecordFormatter;
  /** Where the logs of a failed test go. @defaultValue standard error */
  readonly print?: (text: string) => void;
  /** The runner's hooks, such as `import * as vitest from 'vitest'`. @defaultValue found by itself */
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

/** What keeps the logs of tests: the buffer that is there, perhaps of another copy of the package, or a new one. */
function installed(): Pick<FailureBuffer, 'runTest'> {
  const { current } = observing;
  return current?.runTest === undefined ? install(read(), false) : { runTest: current.runTest.bind(current) };
}

/** The name that the context of a test has in vitest and in node:test. */
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
 * In a setup file, once for all tests: what a test logs is kept, from DEBUG on, and printed only if the test fails.
 * Handlers on standard output and standard error are quiet meanwhile; all others get what they always get, and no level
 * changes. The runner is found by itself: vitest, jest, or else node:test.
 *
 * @throws ConfigurationError `ERR_LOG_LEVEL` for an unknown level; `ERR_LOG_OPTION` for a bad capacity, and where the
 * runner is none of the three and there are no `hooks`.
 * @example
 * // vitest: setupFiles. jest: setupFilesAfterEnv. node:test: --import.
 * bufferUntilFailure();
 */
export function bufferUntilFailure(options?: BufferUntilFailureOptions): void;
/**
 * The body of one test, in any runner. It is needed only for tests that run at the same time in jest and node:test, whose
 * hooks do not tell whose record it is. What takes a `done` callback must return a promise instead.
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
