/** Finds out in vitest, jest and node:test when a test begins and whether it failed, without importing any of them. */
import { ConfigurationError } from '../errors';
import type { FailureBuffer, TestLogs } from './failure-buffer';

type AroundTest = (run: () => Promise<void>, context: never) => Promise<void>;

/** Hooks of a runner, as vitest and node:test export them. */
export interface TestHooks {
  beforeEach(hook: (context: never) => void): unknown;
  afterEach(hook: () => void): unknown;
  afterAll?(hook: () => void): unknown;
  /** Exists since vitest 4.1, and separates concurrent tests. */
  aroundEach?(hook: AroundTest): unknown;
}

/** The part of vitest's task (a test, a suite or a file) that we need. */
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

/** The part of the context of node:test's hooks that we need. */
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

/** A test that is expected to fail has the state `fail` when it fails as expected. */
function failedInVitest({ fails, result }: VitestTask): boolean {
  return result?.state === (fails === true ? 'pass' : 'fail');
}

function listenToVitest(hooks: TestHooks, buffer: FailureBuffer): void {
  // Vitest parses the source of a hook: its first or second parameter must be an object pattern with fixtures.
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
    // The only parameter in vitest 3; since 4.1 it comes after the fixtures.
    const file = args.at(-1) as VitestTask;
    const parts = [file, ...(file.tasks ?? [])];
    buffer.endFile(parts.some(({ result }) => result?.state === 'fail'));
  };
  // Bound, because the source of a bound function shows no parameters.
  hooks.afterAll?.(endFile.bind(undefined));
}

/** The state of jest-circus, which is on the global object of each test file under a symbol. */
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
  // The afterEach hooks of the test file run after ours, so the result is known only when the next test begins.
  const judge = (): void => {
    if (last !== undefined) buffer.end(last.logs, last.errors.length > 0);
    last = undefined;
  };
  hooks.beforeEach(() => {
    judge();
    const test = state()?.currentlyRunningTest;
    // Keeps the list of errors, not the test: a retried test gets a new list.
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
    // The signal of a test is aborted at its end, also if a hook failed and no afterEach is called.
    test.signal.addEventListener('abort', () => buffer.end(logs, test.passed !== true), { once: true });
  });
  process.on('exit', (code) => buffer.endFile(code !== 0));
}

/** The global key of vitest's exports, which exists for tests in source files. Without `globals`, hooks are found only there. */
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
    'bufferUntilFailure: the hooks of the test runner are not known. Pass vitest\'s as "hooks", use jest with ' +
      'jest-circus, or wrap each test: it("…", bufferUntilFailure(async () => { … })).',
  );
}
