/** With recorded states of each runner. test/packed/test-runners.spec.ts uses the runners themselves. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { DEBUG } from '../../lib/core/level';
import { Manager } from '../../lib/core/manager';
import { observing } from '../../lib/core/record-observer';
import { FailureBuffer } from '../../lib/testing/failure-buffer';
import { findRunner, type TestHooks } from '../../lib/testing/test-runners';

type Hook = (...args: never[]) => unknown;

/** A runner that stores its hooks. */
class FakeRunner {
  readonly given: Record<string, Hook> = {};
  readonly printed: string[] = [];
  readonly log = new Manager().getLogger('shop');

  listen(...names: readonly (keyof TestHooks)[]): void {
    const keep = (name: string) => (hook: Hook) => void (this.given[name] = hook);
    const hooks = Object.fromEntries(names.map((name) => [name, keep(name)])) as unknown as TestHooks;
    const formatter = { format: ({ msg }: { msg: unknown }) => String(msg) };
    const print = (text: string): void => void this.printed.push(text);
    const buffer = new FailureBuffer({ level: DEBUG, capacity: 10, formatter, print }, true);
    const before = observing.current;
    onTestFinished(() => void (observing.current = before));
    observing.current = buffer;
    this.log.manager.updateEnabled();
    findRunner(hooks)(buffer);
  }

  call(name: keyof TestHooks, ...args: readonly unknown[]): unknown {
    return this.given[name]?.(...(args as never[]));
  }
}

describe('findRunner under vitest', () => {
  const file = { name: 'shop.test.ts', suite: undefined };
  const task = (state: string, fails?: boolean) => ({
    name: 'sells',
    suite: { name: 'shop' },
    fails,
    result: { state },
  });

  it.each([
    ['fail', undefined, true],
    ['pass', undefined, false],
    ['skip', undefined, false],
    ['fail', true, false],
    ['pass', true, true],
  ])('reads the state %s, with fails: %s, as a failure: %s', async (state, fails, failed) => {
    const runner = new FakeRunner();
    runner.listen('beforeEach', 'afterEach', 'afterAll', 'aroundEach');

    await runner.call('aroundEach', async () => runner.log.info('one'), { task: task(state, fails) });

    expect(runner.printed).toEqual(failed ? ['logs of the failed test "shop > sells":\none\n'] : []);
  });

  it('uses onTestFinished if there is no aroundEach', () => {
    const runner = new FakeRunner();
    const finished: (() => void)[] = [];
    runner.listen('beforeEach', 'afterEach');

    runner.call('beforeEach', {
      task: task('fail'),
      onTestFinished: (hook: () => void) => finished.push(hook),
    });
    runner.log.info('one');
    for (const hook of finished) hook();

    expect(runner.printed).toEqual(['logs of the failed test "shop > sells":\none\n']);
  });

  it.each([
    ['alone', [{ ...file, tasks: [{ name: 'shop', result: { state: 'fail' } }] }]],
    ['after the fixtures', [{}, { ...file, result: { state: 'fail' } }]],
  ])('finds a failed hook in a file that is passed %s', (_where, args) => {
    const runner = new FakeRunner();
    runner.listen('beforeEach', 'afterEach', 'afterAll');

    runner.log.info('starting');
    runner.call('afterAll', ...args);

    expect(runner.printed).toEqual(['logged outside of tests so far:\nstarting\n']);
  });

  it('registers hooks in which vitest finds no fixtures', () => {
    const runner = new FakeRunner();
    runner.listen('beforeEach', 'afterEach', 'afterAll', 'aroundEach');

    expect(String(runner.given['afterAll'])).toMatch(/^function \(\)/);
    expect(String(runner.given['aroundEach'])).toMatch(/\(run, \{ ?task ?\}\)/);
  });
});

describe('findRunner under jest', () => {
  interface Circus {
    currentlyRunningTest: object | null;
    rootDescribeBlock: object;
    unhandledErrors: unknown[];
  }

  function circus(): Circus {
    const state = { currentlyRunningTest: null, rootDescribeBlock: { name: 'ROOT' }, unhandledErrors: [] };
    const key = Symbol('JEST_STATE_SYMBOL');
    Object.defineProperty(globalThis, key, { value: state, configurable: true });
    onTestFinished(() => void Reflect.deleteProperty(globalThis, key));
    return state;
  }

  const parent = { name: 'shop', parent: { name: 'ROOT_DESCRIBE_BLOCK' } };

  it('finds out at the next test that a later hook failed, and that a retry passed', () => {
    const state = circus();
    const runner = new FakeRunner();
    runner.listen('beforeEach', 'afterEach', 'afterAll');
    const test = { name: 'sells', parent, errors: [] as unknown[] };

    state.currentlyRunningTest = test;
    runner.call('beforeEach');
    runner.log.info('one');
    runner.call('afterEach');
    test.errors.push(new Error('a hook of the file'));
    test.errors = [];
    runner.call('beforeEach');
    runner.log.info('two');
    runner.call('afterEach');
    runner.call('afterAll');

    expect(runner.printed).toEqual(['logs of the failed test "shop > sells":\none\n']);
  });

  it('does not add to a test what is logged between two tests', () => {
    const state = circus();
    const runner = new FakeRunner();
    runner.listen('beforeEach', 'afterEach', 'afterAll');

    state.currentlyRunningTest = { name: 'passes', parent, errors: [] };
    runner.call('beforeEach');
    runner.call('afterEach');
    runner.log.info('between');
    state.currentlyRunningTest = { name: 'fails', parent, errors: [new Error('no stock')] };
    runner.call('beforeEach');
    runner.log.info('inside');
    runner.call('afterEach');
    runner.call('afterAll');

    expect(runner.printed).toEqual([
      'logged outside of tests so far:\nbetween\n',
      'logs of the failed test "shop > fails":\ninside\n',
    ]);
  });

  it.each([
    ['a test that no hook ran for', { children: [{ name: 'fails', errors: [1] }] }, []],
    ['an error of no test', {}, [1]],
  ])('finds %s at the end of a file', (_what, block, unhandledErrors) => {
    const state = circus();
    const runner = new FakeRunner();
    runner.listen('beforeEach', 'afterEach', 'afterAll');

    runner.log.info('starting');
    state.rootDescribeBlock = { name: 'ROOT_DESCRIBE_BLOCK', ...block };
    state.unhandledErrors = unhandledErrors;
    runner.call('afterAll');

    expect(runner.printed).toEqual(['logged outside of tests so far:\nstarting\n']);
  });
});
