import { defineConfig, type ViteUserConfig } from 'vitest/config';

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

export default defineConfig({
  test: {
    reporters: resultsFile ? ['default', ['json', { outputFile: resultsFile }]] : ['default'],
    projects: [
      {
        extends: true,
        plugins: [lazyImports],
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
