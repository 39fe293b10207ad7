/** Finds out when a test starts and whether it failed, in vitest, jest and node:test, without importing them. */
import { ConfigurationError } from '../errors';
import type { FailureBuffer, TestLogs } from './failure-buffer';

type AroundTest = (run: () => Promise<void>, context: never) => Promise<void>;

/** The hooks of a runner, as vitest and node:test export them. */
export interface TestHooks {
  beforeEach(hook: (context: never) => void): unknown;
  afterEach(hook: () => void): unknown;
  afterAll?(hook: () => void): unknown;
  /** Since vitest 4.1. Keeps the records of concurrent tests apart. */
  aroundEach?(hook: AroundTest): unknown;
}

/** The subset of vitest's task that we need: a test, a suite or a file. */
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

/** The subset of the context of node:test's hooks that we need. */
interface NodeContext {
  readonly name: string;
  readonly fullName?: string;
  readonly passed?: boolean;
  readonly signal: AbortSignal;
}

/** A test or a block of jest-circus. The errors of a test include those of its hooks. */
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

/** The state of a test with `fails` is inverted. */
function failedInVitest({ fails, result }: VitestTask): boolean {
  return result?.state === (fails === true ? 'pass' : 'fail');
}

function listenToVitest(hooks: TestHooks, buffer: FailureBuffer): void {
  // Vitest parses the source of a hook: a parameter must be a destructuring pattern, which names fixtures.
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
    // The only argument in vitest 3; after the fixtures since 4.1.
    const file = args.at(-1) as VitestTask;
    const parts = [file, ...(file.tasks ?? [])];
    buffer.endFile(parts.some(({ result }) => result?.state === 'fail'));
  };
  // Vitest finds no parameters in the source of a bound function.
  hooks.afterAll?.(endFile.bind(undefined));
}

/** jest-circus keeps its state on the global object of each test file, under its own symbol. */
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
  // The afterEach hooks of the test file run after ours, so we know the result only when the next test starts.
  const endLast = (): void => {
    if (last !== undefined) buffer.end(last.logs, last.errors.length > 0);
    last = undefined;
  };
  hooks.beforeEach(() => {
    endLast();
    const test = state()?.currentlyRunningTest;
    // Keep the list and not the test: a test that is retried gets a new list.
    if (test) last = { logs: buffer.begin(circusName(test)), errors: test.errors ?? [] };
  });
  hooks.afterEach(() => {
    if (last !== undefined) buffer.stop(last.logs);
  });
  hooks.afterAll?.(() => {
    endLast();
    const now = state();
    buffer.endFile(now !== undefined && (now.unhandledErrors.length > 0 || hasErrors(now.rootDescribeBlock)));
  });
}

function listenToNode(hooks: TestHooks, buffer: FailureBuffer): void {
  hooks.beforeEach((test: NodeContext) => {
    const logs = buffer.begin(test.fullName ?? test.name);
    // The signal of a test is aborted at its end, even if a hook failed and afterEach is not called.
    test.signal.addEventListener('abort', () => buffer.end(logs, test.passed !== true), { once: true });
  });
  process.on('exit', (code) => buffer.endFile(code !== 0));
}

/** A global with vitest's exports, for in-source tests. Without the option `globals`, the hooks are only there. */
const VITEST_EXPORTS = '__vitest_index__';
const VITEST_WORKER = '__vitest_worker__';

interface RunnerGlobals extends Partial<TestHooks> {
  readonly [VITEST_EXPORTS]?: TestHooks;
  readonly [VITEST_WORKER]?: unknown;
}

function isComplete(hooks: Partial<TestHooks>): hooks is TestHooks {
  return typeof hooks.beforeEach === 'function' && typeof hooks.afterEach === 'function';
}

/** @throws ConfigurationError for an unknown runner. */
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
    'bufferUntilFailure: cannot find the hooks of the test runner. Pass those of vitest as "hooks", use jest with ' +
      'jest-circus, or wrap each test: it("…", bufferUntilFailure(async () => { … })).',
  );
}
