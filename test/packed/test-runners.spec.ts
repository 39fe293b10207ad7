/** The same tests with vitest, jest and node:test: only the logs of failing tests are printed. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Consumer, outputOf } from './consumer';

/** The tests of test/packed/test-runners/scenarios.cjs, by the printed heading. */
const FAILED = {
  'fails an assertion': ['DEBUG two\\nlines'],
  'fails later': ['DEBUG before', 'INFO after'],
  'asks a server': ['DEBUG serving /failing'],
  'takes too long': ['DEBUG going to wait'],
  'a beforeEach > fails': ['DEBUG preparing badly'],
  'an afterEach > fails': ['DEBUG all well so far', 'DEBUG cleaning badly'],
};
const TOGETHER = ['DEBUG begin 2', 'DEBUG end 2'];
const TOLD_APART = { ...FAILED, 'at the same time > number 2': TOGETHER };

/** The records outside of tests. They include those at the end of a failed file, if the runner reports the failure last. */
const OUTSIDE = ['DEBUG started', 'DEBUG starting badly'];

interface Run {
  readonly title: string;
  readonly project: 'current' | 'older';
  readonly args: readonly string[];
  readonly logs: Readonly<Record<string, readonly string[]>>;
  readonly outside: readonly string[];
}

const vitest = ['node_modules/vitest/vitest.mjs', 'run'];
const jest = ['node_modules/jest/bin/jest.js', '--config', 'jest.config.cjs'];
const NODE_TEST = ['--test', '--test-reporter', 'spec', 'shop.node.mjs'];
/** The setup file and the tests load different installations of the package. */
const SECOND_COPY = 'second-copy';

const RUNS: readonly Run[] = [
  {
    title: 'vitest 4',
    project: 'current',
    args: vitest,
    logs: TOLD_APART,
    outside: [...OUTSIDE, 'INFO stopping'],
  },
  {
    title: 'vitest 4, without isolation, in threads',
    project: 'current',
    args: [...vitest, '--no-isolate', '--pool', 'threads', '--globals'],
    logs: TOLD_APART,
    outside: [...OUTSIDE, 'INFO stopping'],
  },
  {
    title: 'vitest 3, whose hooks are not around a test',
    project: 'older',
    args: vitest,
    logs: FAILED,
    outside: [...OUTSIDE, 'INFO stopping'],
  },
  {
    title: 'jest 30',
    project: 'current',
    args: jest,
    logs: { ...FAILED, '': TOGETHER },
    outside: OUTSIDE,
  },
  { title: 'jest 29', project: 'older', args: jest, logs: { ...FAILED, '': TOGETHER }, outside: OUTSIDE },
  {
    title: 'node:test',
    project: 'current',
    args: ['--import', './setup.mjs', ...NODE_TEST],
    logs: TOLD_APART,
    outside: [...OUTSIDE, 'INFO stopping'],
  },
  {
    title: 'node:test, with two copies of the package',
    project: 'current',
    args: ['--import', './second-setup.mjs', ...NODE_TEST],
    logs: TOLD_APART,
    outside: [...OUTSIDE, 'INFO stopping'],
  },
];

interface Printed {
  readonly logs: Record<string, string[]>;
  readonly outside: string[];
  readonly output: string;
}

/** A heading, and the lines of the formatter below it. */
function parse(output: string): Printed {
  const logs: Record<string, string[]> = {};
  const outside: string[] = [];
  let current: string[] | undefined;
  for (const line of output.split('\n')) {
    const heading = /^logs of (?:a failed test|the failed test "(.*?)")(, some perhaps of .*)?:$/.exec(line);
    if (heading !== null) current = logs[heading[1] ?? ''] ??= [];
    else if (line === 'logged outside of tests so far:') current = outside;
    else {
      const record = /^\d\d:\d\d:\d\d\.\d{3} (\w+) +shop (.*)$/.exec(line);
      if (record === null) current = undefined;
      else current?.push(`${record[1]} ${record[2]}`);
    }
  }
  return { logs, outside, output };
}

/** A test that passes while a promise rejects unhandled; with IN_SCOPE=1 in a scope. */
const REJECTION = {
  'rejections/reject.cjs': `
    const { runInScope } = require('nestjs-hindsight/logging');
    const work = async () => void Promise.reject(new Error('nobody handles this'));
    exports.reject = async () => {
      await (process.env.IN_SCOPE === '1' ? runInScope({}, work) : work());
      await new Promise((resolve) => setTimeout(resolve, 50));
    };
    exports.counts = () =>
      JSON.stringify(['unhandledRejection', 'uncaughtException'].map((event) => process.listenerCount(event)));`,
  'rejections/vitest.mjs': `
    import { test } from 'vitest';
    import { counts, reject } from './reject.cjs';
    test('passes', async () => { await reject(); console.log('COUNTS', counts()); });`,
  'rejections/vitest.config.mjs': `export default { test: { include: ['rejections/vitest.mjs'] } };`,
  'rejections/jest.cjs': `
    const { counts, reject } = require('./reject.cjs');
    test('passes', async () => { await reject(); process.stdout.write('COUNTS ' + counts() + '\\n'); });`,
  'rejections/jest.config.cjs': `module.exports = { rootDir: '..', testMatch: ['**/rejections/jest.cjs'], transform: {} };`,
  'rejections/mocha.cjs': `
    const { counts, reject } = require('./reject.cjs');
    it('passes', async () => { await reject(); });
    after(() => console.log('COUNTS', counts()));`,
  'rejections/node.cjs': `
    const { test } = require('node:test');
    const { counts, reject } = require('./reject.cjs');
    test('passes', async () => { console.log('COUNTS', counts()); await reject(); });`,
};

const REJECTION_RUNS: readonly (readonly [string, readonly string[]])[] = [
  ['vitest', [...vitest, '--config', 'rejections/vitest.config.mjs']],
  ['jest', ['node_modules/jest/bin/jest.js', '--config', 'rejections/jest.config.cjs']],
  ['mocha', ['node_modules/mocha/bin/mocha.js', 'rejections/mocha.cjs']],
  ['node:test', ['--test', 'rejections/node.cjs']],
];

const projects = new Map<string, Consumer>();

beforeAll(async () => {
  const install = async (name: Run['project'], dependencies: Record<string, string>): Promise<void> => {
    const consumer = await Consumer.install({ dependencies });
    projects.set(name, consumer);
    consumer.copy(join(__dirname, 'test-runners'));
    for (const [file, text] of Object.entries(REJECTION)) consumer.write(file, text);
    cpSync(join(consumer.folder, 'node_modules/nestjs-hindsight'), join(consumer.folder, SECOND_COPY), {
      recursive: true,
    });
    consumer.write(
      'second-setup.mjs',
      `import testing from './${SECOND_COPY}/dist/testing.js';\ntesting.bufferUntilFailure();\n`,
    );
  };
  await Promise.all([
    install('current', { vitest: '^4.1.0', jest: '^30.0.0', mocha: '^11.0.0' }),
    install('older', { vitest: '^3.0.0', jest: '^29.0.0' }),
  ]);
});
afterAll(() => {
  for (const consumer of projects.values()) consumer.remove();
});

describe.each(RUNS)('bufferUntilFailure() in a setup file of $title', ({ project, args, logs, outside }) => {
  let printed: Printed;
  beforeAll(async () => {
    printed = parse(await outputOf(args, { cwd: projects.get(project)?.folder ?? '' }));
  });

  it('prints the logs of the tests that fail', () => {
    expect(printed.logs).toMatchObject(logs);
  });

  it('prints the records outside of tests once, with the first failing test', () => {
    expect(printed.outside).toEqual(outside);
  });

  it('prints no logs of passing tests, and nothing of the handlers on standard output', () => {
    expect(printed.output).not.toMatch(/of a success|serving \/success|for handlers|in spite of|OWN HANDLER/);
    // At most one other test is printed: its records cannot be separated from those of concurrent tests.
    expect(Object.keys(printed.logs).length).toBeLessThanOrEqual(Object.keys(TOLD_APART).length);
  });
});

describe.each(REJECTION_RUNS)('an unhandled rejection with %s', (_runner, args) => {
  it('is reported in the same way in a scope and without one, with the same listeners of the process', async () => {
    const folder = projects.get('current')?.folder ?? '';
    const [plain, scoped] = await Promise.all(
      ['0', '1'].map(async (IN_SCOPE) => outputOf(args, { cwd: folder, env: { IN_SCOPE } })),
    );
    const seen = (output = ''): unknown => ({
      code: /exit code \d+$/.exec(output)?.[0],
      counts: /COUNTS.*/.exec(output)?.[0],
      isReported: /unhandled|uncaught/i.test(output),
    });

    expect(seen(scoped)).toEqual(seen(plain));
    expect(seen(plain)).toMatchObject({ counts: expect.any(String) });
  });
});
