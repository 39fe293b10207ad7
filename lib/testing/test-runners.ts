/** How vitest, jest and node:test tell when a test begins and whether it failed. None of them is imported. */
import { ConfigurationError } from '../errors';
import type { FailureBuffer, TestLogs } from './failure-buffer';

type AroundTest = (run: () => Promise<void>, context: never) => Promise<void>;

/** Hooks of a runner, as vitest and node:test export them. */
export interface TestHooks {
  beforeEach(hook: (context: never) => void): unknown;
  afterEach(hook: () => void): unknown;
  afterAll?(hook: () => void): unknown;
  /** Since vitest 4.1: with it, tests that run at the same time are told apart. */
  aroundEach?(hook: AroundTest): unknown;
}

/** The part of vitest's task that is read here: a test, a suite or a file. */
interface VitestTask {
  readonly name: string;
  readonly suite?: VitestTask;
  readonly fails?: boolean;
  readonly result?: { readonly state: string };
  readonly tasks?: readonly VitestTask[];
}

interface VitestContext {
  readonly task: VitestTask;
  readonly onTestFinished: (hook: () => void) => void;
}

/** What is read of the context that node:test gives its hooks. */
interface NodeContext {
  readonly name: string;
  readonly fullName?: string;
  readonly passed?: boolean;
  readonly signal: AbortSignal;
}

/** A test or a block of jest-circus. Errors of a hook are among those of its test. */
interface CircusNode {
  readonly name: string;
  readonly parent?: CircusNode;
  readonly errors?: readonly unknown[];
  readonly children?: readonly CircusNode[];
}

interface CircusState {
  readonly currentlyRunningTest: CircusNode | null;
  readonly rootDescribeBlock: CircusNode;
  readonly unhandledErrors: readonly unknown[];
}

type ListenTo = (buffer: FailureBuffer) => void;

const SEPARATOR = ' > ';

function vitestName({ name, suite }: VitestTask): string {
  return suite === undefined ? name : `${vitestName(suite)}${SEPARATOR}${name}`;
}

/** A test that is marked as failing is in the state `fail` when all is well. */
function failedInVitest({ fails, result }: VitestTask): boolean {
  return result?.state === (fails === true ? 'pass' : 'fail');
}

function listenToVitest(hooks: TestHooks, buffer: FailureBuffer): void {
  // Vitest reads the text of a hook: a first or second parameter must be a pattern, which names fixtures.
  const around: AroundTest = async (run, { task }: VitestContext) => {
    const logs = buffer.begin(vitestName(task));
    try {
      await buffer.run(logs, run);
    } finally {
      buffer.end(logs, failedInVitest(task));
    }
  };
  if (hooks.aroundEach !== undefined) hooks.aroundEach(around);
  else {
    hooks.beforeEach(({ task, onTestFinished }: VitestContext) => {
      const logs = buffer.begin(vitestName(task));
      onTestFinished(() => buffer.end(logs, failedInVitest(task)));
    });
  }
  const endFile = (...args: unknown[]): void => {
    // Alone in vitest 3, after the fixtures since 4.1.
    const file = args.at(-1) as VitestTask;
    const parts = [file, ...(file.tasks ?? [])];
    buffer.endFile(parts.some(({ result }) => result?.state === 'fail'));
  };
  // The text of a bound function shows no parameters.
  hooks.afterAll?.(endFile.bind(undefined));
}

/** Jest keeps it on the global object of each test file, under a symbol of its own, since jest-circus exists. */
function circusState(): CircusState | undefined {
  const key = Object.getOwnPropertySymbols(globalThis).find(
    ({ description }) => description === 'JEST_STATE_SYMBOL',
  );
  return key === undefined ? undefined : (globalThis as unknown as Record<symbol, CircusState>)[key];
}

function circusName({ name, parent }: CircusNode): string {
  return parent?.parent === undefined ? name : `${circusName(parent)}${SEPARATOR}${name}`;
}

function hasErrors({ errors = [], children = [] }: CircusNode): boolean {
  return errors.length > 0 || children.some(hasErrors);
}

function listenToJest(hooks: TestHooks, buffer: FailureBuffer, state: () => CircusState | undefined): void {
  let last: { readonly logs: TestLogs; readonly errors: readonly unknown[] } | undefined;
  // The file's own afterEach hooks run after this file's, so the verdict is known only when the next test begins.
  const judge = (): void => {
    if (last !== undefined) buffer.end(last.logs, last.errors.length > 0);
    last = undefined;
  };
  hooks.beforeEach(() => {
    judge();
    const test = state()?.currentlyRunningTest;
    // The list and not the test, which gets a new one when it is run again.
    if (test) last = { logs: buffer.begin(circusName(test)), errors: test.errors ?? [] };
  });
  hooks.afterEach(() => {
    if (last !== undefined) buffer.stop(last.logs);
  });
  hooks.afterAll?.(() => {
    judge();
    const now = state();
    buffer.endFile(now !== undefined && (now.unhandledErrors.length > 0 || hasErrors(now.rootDescribeBlock)));
  });
}

function listenToNode(hooks: TestHooks, buffer: FailureBuffer): void {
  hooks.beforeEach((test: NodeContext) => {
    const logs = buffer.begin(test.fullName ?? test.name);
    // The signal of a test is aborted at its end, also where a hook failed and no afterEach is called.
    test.signal.addEventListener('abort', () => buffer.end(logs, test.passed !== true), { once: true });
  });
  process.on('exit', (code) => buffer.endFile(code !== 0));
}

/** Where vitest leaves its exports, for tests inside source files: without its option `globals`, hooks are nowhere else. */
const VITEST_EXPORTS = '__vitest_index__';
const VITEST_WORKER = '__vitest_worker__';

interface RunnerGlobals extends Partial<TestHooks> {
  readonly [VITEST_EXPORTS]?: TestHooks;
  readonly [VITEST_WORKER]?: unknown;
}

function isComplete(hooks: Partial<TestHooks>): hooks is TestHooks {
  return typeof hooks.beforeEach === 'function' && typeof hooks.afterEach === 'function';
}

/** @throws ConfigurationError if there is a runner that is none of the three. */
export function findRunner(given?: TestHooks): ListenTo {
  const globals = globalThis as unknown as RunnerGlobals;
  const hooks = given ?? globals[VITEST_EXPORTS] ?? globals;
  const inVitest = VITEST_WORKER in globals || VITEST_EXPORTS in globals;
  if (isComplete(hooks)) {
    if (circusState() !== undefined) return (buffer) => listenToJest(hooks, buffer, circusState);
    if (inVitest) return (buffer) => listenToVitest(hooks, buffer);
    if (given !== undefined) return (buffer) => listenToNode(hooks, buffer);
  } else if (!inVitest) {
    const nodeTest = process.getBuiltinModule('node:test');
    return (buffer) => listenToNode(nodeTest as unknown as TestHooks, buffer);
  }
  throw new ConfigurationError(
    'bufferUntilFailure: the hooks of the test runner are not known. Give vitest\'s as "hooks", use jest with ' +
      'jest-circus, or wrap each test: it("…", bufferUntilFailure(async () => { … })).',
  );
}
