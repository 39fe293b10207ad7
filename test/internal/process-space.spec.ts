import { execFile } from 'node:child_process';
import { readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { processSpace, spaceTag } from '../../lib/internal/process-space';
import { runChild } from '../support/child';
import { compiledLib } from '../support/compiled-lib';
import { haveNamespaces } from '../support/real-means';
import { tempDir } from '../support/temp-dir';

const PRINT = `
const { processSpace, spaceTag } = lib('internal/process-space');
process.stdout.write(processSpace() + ' ' + spaceTag());`;

const isLinux = process.platform === 'linux';

describe('processSpace', () => {
  it.runIf(isLinux)('contains the boot id of the kernel and the PID namespace', () => {
    const [, pid] = /\[(\d+)\]/.exec(readlinkSync('/proc/self/ns/pid')) ?? [];

    expect(processSpace()).toMatch(new RegExp(`^[\\da-f-]{36}/${pid ?? ''}/\\d*$`));
  });

  it('is the same in another process of this container', async () => {
    const { stdout } = await runChild(PRINT);

    expect(stdout).toBe(`${processSpace()} ${spaceTag()}`);
    expect(spaceTag()).toMatch(/^[\da-f]{8}$/);
  });

  it.runIf(haveNamespaces())('is different in a container with the same host name', async () => {
    const under = ['unshare', '--fork', '--kill-child', '--pid', '--mount-proc', '--uts'];
    const { stdout } = await runChild(PRINT, { under });
    const [space, tag] = stdout.split(' ');

    expect(space?.split('/')[0]).toBe(processSpace().split('/')[0]);
    expect(space).not.toBe(processSpace());
    expect(tag).not.toBe(spaceTag());
  });
});

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
