import { availableParallelism } from 'node:os';
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

type Plugin = NonNullable<ViteUserConfig['plugins']>[number];

/** Vite runs lib as ES modules, which have no `require`. So specs import at once what lib loads lazily. */
const lazyImports: Plugin = {
  name: 'lazy-imports',
  enforce: 'pre',
  transform(code, id) {
    if (!id.includes('/lib/')) return null;
    const imports: string[] = [];
    const body = code.replace(/\brequire\('([^']+)'\)/g, (_call, path: string) => {
      const name = `lazyImport${imports.length}`;
      imports.push(`import * as ${name} from '${path}';`);
      return name;
    });
    // At the end, so that line numbers stay the same.
    return imports.length === 0 ? null : { code: `${body}\n${imports.join('\n')}\n`, map: null };
  },
};

// Where the counts of a run go, for a program to read; a person reads the console.
const resultsFile = process.env['VITEST_RESULTS_FILE'];

/** Specs that measure time. Each runs alone, because programs of other specs would take the processor from it. */
const MEASURING = [
  'test/scope/dump-stall.spec.ts',
  'test/scope/snapshot.spec.ts',
  'test/parity/pickle.spec.ts',
];

/** Specs that take long. They start first, so that no worker is left alone with one of them at the end. */
const LONG = [
  'process/soak',
  'process/redis-queue',
  'process/redis-cluster',
  'process/worker-queue',
  'process/full-pipes',
  'process/two-copies',
  'process/turns',
  'process/rotation',
  'queues/worker.queue',
  'scope/memory',
  'packed/crashes',
  'packed/runners',
];

function isLong({ moduleId }: TestSpecification): boolean {
  return LONG.some((name) => moduleId.endsWith(`/${name}.spec.ts`));
}

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is the method of the sequencer
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    reporters: resultsFile ? ['default', ['json', { outputFile: resultsFile }]] : ['default'],
    // On two cores, vitest would use one worker, which often waits.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Concurrent tests wait for child processes.
    maxConcurrency: 20,
    sequence: { sequencer: LongFirst },
    projects: [
      {
        extends: true,
        plugins: [lazyImports],
        test: {
          name: 'source',
          include: ['test/**/*.spec.ts'],
          exclude: ['test/packed/**', ...MEASURING],
          globalSetup: ['test/support/compile.setup.ts'],
          setupFiles: ['test/support/leak-check.setup.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'packed',
          include: ['test/packed/**/*.spec.ts'],
          // After the others: installing packages would take the cores from tests that wait for sockets and timers.
          sequence: { groupOrder: 1 },
          globalSetup: ['test/packed/pack.setup.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'sample',
          include: ['sample-app/test/**/*.spec.ts'],
          sequence: { groupOrder: 1 },
          globalSetup: ['sample-app/test/prepare.setup.ts'],
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        plugins: [lazyImports],
        test: {
          name: 'measuring',
          include: MEASURING,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
          globalSetup: ['test/support/compile.setup.ts'],
          setupFiles: ['test/support/leak-check.setup.ts'],
        },
      },
    ],
  },
});
