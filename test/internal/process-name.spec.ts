import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { compiledLib } from '../support/compiled-lib';
import { tempDir } from '../support/temp-dir';

/** The first process and its two workers print their names. */
const PROGRAM = (lib: string): string => `
const cluster = require('node:cluster');
const { makeLogRecord } = require(${JSON.stringify(lib)} + '/core/record-factory');
console.log(makeLogRecord({}).processName);
if (cluster.isPrimary) for (let i = 0; i < 2; i++) cluster.fork();
else process.disconnect();
`;

describe('PROCESS_NAME', () => {
  it('is the number of the worker in a cluster, and MainProcess elsewhere', async () => {
    const script = join(tempDir(), 'cluster.js');
    writeFileSync(script, PROGRAM(await compiledLib()));

    const { stdout } = await promisify(execFile)(process.execPath, [script], {
      env: { ...process.env, NODE_OPTIONS: '' },
    });

    expect(stdout.split('\n').toSorted()).toEqual(['', 'MainProcess', 'Worker-1', 'Worker-2']);
  });
});
