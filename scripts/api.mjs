/** Compares the public API of each entry with its report in test/api/; with --update it writes the reports. Needs a build. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CompilerState, Extractor, ExtractorConfig } from '@microsoft/api-extractor';

const root = resolve(import.meta.dirname, '..');
const reports = join(root, 'test/api');
const update = process.argv.includes('--update');
/** The entry of the package exports `logging` and `nest`. */
const entries = { logging: 'logging', nest: 'nest/index', express: 'express', testing: 'testing' };
const fresh = mkdtempSync(join(tmpdir(), 'hindsight-api-'));

try {
  mkdirSync(reports, { recursive: true });
  const configs = Object.entries(entries).map(configFor);
  // One compiler for all entries, because they share most of their files.
  const compilerState = CompilerState.create(configs[0], {
    additionalEntryPoints: configs.map((config) => config.mainEntryPointFilePath),
  });
  const changed = Object.keys(entries).filter((entry, index) =>
    extract(configs[index], compilerState, entry),
  );
  if (update)
    console.log(
      `API reports: ${changed.length === 0 ? 'nothing changed' : `rewrote ${changed.join(', ')}`}.`,
    );
  else if (changed.length === 0) console.log(`API reports: ${configs.length}, no changes.`);
  else showChanges(changed);
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

/** Writes one report; true if it differs from the recorded one. */
function extract(config, compilerState, entry) {
  const result = Extractor.invoke(config, {
    compilerState,
    localBuild: update,
    messageCallback(message) {
      // Hides progress messages and advice. Messages about the API are in the report.
      if (message.logLevel !== 'error') message.handled = true;
    },
  });
  if (result.errorCount > 0) {
    console.error(`API reports: ${entry} could not be read.`);
    process.exitCode = 1;
  }
  return result.apiReportChanged;
}

function showChanges(changed) {
  for (const entry of changed) {
    const file = `${entry}.api.md`;
    spawnSync('git', ['--no-pager', 'diff', '--no-index', join(reports, file), join(fresh, file)], {
      stdio: 'inherit',
    });
  }
  console.error(
    `API reports: ${changed.join(', ')} changed. If the change is intended, run "npm run api:update" and commit test/api/.`,
  );
  process.exitCode = 1;
}

function configFor([entry, file]) {
  const quiet = { logLevel: 'none' };
  return ExtractorConfig.prepare({
    configObjectFullPath: join(root, 'api-extractor.json'),
    packageJsonFullPath: join(root, 'package.json'),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(root, 'dist', `${file}.d.ts`),
      compiler: { tsconfigFilePath: join(root, 'tsconfig.build.json') },
      newlineKind: 'lf',
      apiReport: {
        enabled: true,
        reportFileName: `${entry}.api.md`,
        reportFolder: reports,
        reportTempFolder: fresh,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: 'error' } },
        extractorMessageReporting: {
          default: { logLevel: 'warning', addToApiReportFile: true },
          // Reports line numbers of dist/, which change with every edit. Clear names need no documentation.
          'ae-undocumented': quiet,
          // All exports are public, so no release tags are needed.
          'ae-missing-release-tag': quiet,
          'ae-unresolved-link': quiet,
        },
        tsdocMessageReporting: { default: quiet },
      },
    },
  });
}
