import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { captureCaller } from '../../lib/core/caller';
import type { LogRecord } from '../../lib/core/log-record';
import { runChild } from '../support/child';
import { compiledLib } from '../support/compiled-lib';
import { some } from '../support/some';
import { tempDir } from '../support/temp-dir';

function capturedIn(): LogRecord {
  const record = some.record();
  captureCaller(record);
  return record;
}

describe('captureCaller', { timeout: 30_000 }, () => {
  it('reads file, line and function of the first frame outside the package', () => {
    const record = capturedIn();

    expect(record).toMatchObject({
      pathname: __filename,
      filename: 'caller.spec.ts',
      module: 'caller.spec',
      funcName: 'capturedIn',
    });
    expect(record.lineno).toBeGreaterThan(10);
  });

  it('returns <anonymous> for a function without a name', () => {
    const record = some.record();
    (() => captureCaller(record))();

    expect(record.funcName).toBe('<anonymous>');
  });

  it('restores Error', () => {
    const { prepareStackTrace, stackTraceLimit } = Error;

    capturedIn();

    expect([Error.prepareStackTrace, Error.stackTraceLimit]).toEqual([prepareStackTrace, stackTraceLimit]);
  });

  it('finds the caller in an ES module whose path has a space, as a path and not as a URL', async () => {
    const file = join(tempDir(), 'an app.mjs');
    const library = await compiledLib();
    writeFileSync(
      file,
      `import { createRequire } from 'node:module';
       const require = createRequire(import.meta.url);
       const { Manager } = require(${JSON.stringify(join(library, 'core/manager'))});
       const { CollectingHandler } = require(${JSON.stringify(join(library, 'testing'))});
       require(${JSON.stringify(join(library, 'core/diagnostics'))}).loggingSettings.captureCaller = true;
       const { root } = new Manager();
       const seen = new CollectingHandler();
       root.addHandler(seen);
       function order() { root.error('x'); }
       order();
       console.log(JSON.stringify([seen.records[0].pathname, seen.records[0].funcName, seen.records[0].lineno]));`,
    );

    const { stdout } = await runChild(`import(${JSON.stringify(pathToFileURL(file).href)});`);

    expect(JSON.parse(stdout)).toEqual([file, 'order', 9]);
  });

  it('does not treat a package next to this one as this package', async () => {
    const library = await compiledLib();
    const { stdout } = await runChild(
      `const Module = require('node:module');
       const file = ${JSON.stringify(`${library}-of-others/app.js`)};
       const app = new Module(file);
       app.filename = file;
       app.paths = [];
       app._compile(${JSON.stringify(
         `exports.capture = (captureCaller, record) => captureCaller(record);`,
       )}, file);
       const record = lib('core/record-factory').makeLogRecord({});
       app.exports.capture(lib('core/caller').captureCaller, record);
       console.log(record.pathname === file);`,
    );

    expect(stdout).toBe('true\n');
  });
});
