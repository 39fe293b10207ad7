import * as vitest from 'vitest';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Manager } from '../../lib/core/manager';
import { observing } from '../../lib/core/record-observer';
import { bufferUntilFailure, type BufferUntilFailureOptions, type TestHooks } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';

/** Restores the state for the other tests of the process. */
function alone(): void {
  const before = observing.current;
  observing.current = undefined;
  onTestFinished(() => {
    observing.current = before;
  });
}

describe('bufferUntilFailure around a test', () => {
  it('prints on standard error what the test logged, and rejects with its Error', async () => {
    alone();
    const log = new Manager().getLogger('shop');
    const error = new Error('no stock');
    const test = bufferUntilFailure(async function sells() {
      new Manager().getLogger('other').debug('from another tree');
      throw error;
    });
    const stderr = capturedStderr();

    await expect(test()).rejects.toBe(error);

    log.debug('outside');
    expect(stderr.text).toMatch(
      /^logs of the failed test "sells":\n[\d:.]+ DEBUG {4}other from another tree\n$/,
    );
  });

  it("prints nothing for a test that passes, and passes the runner's arguments on", async () => {
    alone();
    const stderr = capturedStderr();
    const given: unknown[] = [];
    const test = bufferUntilFailure((...args: [number, string]) => {
      new Manager().getLogger('shop').error('logged');
      given.push(...args);
    });

    await test(1, 'two');

    expect([given, stderr.text]).toEqual([[1, 'two'], '']);
  });

  it.each([[{ fullName: 'shop > sells', name: 'sells' }], [{ task: { name: 'shop > sells' } }]])(
    'takes the name of the test from %j',
    async (context) => {
      alone();
      const stderr = capturedStderr();
      const test = bufferUntilFailure((_context: object) => {
        new Manager().getLogger('shop').error('logged');
        throw new Error('no stock');
      });

      await expect(test(context)).rejects.toThrow('no stock');

      expect(stderr.text).toContain('the failed test "shop > sells"');
    },
  );
});

describe('bufferUntilFailure in a setup file', () => {
  const hooks: TestHooks = { beforeEach: () => undefined, afterEach: () => undefined };

  it('accepts the exports of vitest as hooks', () => {
    expect({ hooks: vitest } satisfies BufferUntilFailureOptions).toBeDefined();
  });

  it.each([
    [{ hooks, capacity: 0 }, 'bufferUntilFailure: "capacity" must be a positive integer, got 0.'],
    [{ hooks, level: 'LOUD' }, 'LOUD'],
    [{ hooks: {} as TestHooks }, 'bufferUntilFailure: cannot find the hooks of the test runner.'],
  ])('refuses %o', (options, text) => {
    alone();

    expect(() => bufferUntilFailure(options)).toThrow(text);
    expect(observing.current).toBeUndefined();
  });
});
