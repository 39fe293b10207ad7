import { defineConfig } from 'vitest/config';

// Where the counts of a run go, for a program to read; a person reads the console.
const resultsFile = process.env['VITEST_RESULTS_FILE'];

export default defineConfig({
  test: {
    reporters: resultsFile ? ['default', ['json', { outputFile: resultsFile }]] : ['default'],
    projects: [
      {
        extends: true,
        test: {
          name: 'source',
          include: ['test/**/*.spec.ts'],
          exclude: ['test/packed/**'],
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
    ],
  },
});
