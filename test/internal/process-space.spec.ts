import { readlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { processSpace, spaceTag } from '../../lib/internal/process-space';
import { runChild } from '../support/child';
import { haveNamespaces } from '../support/real-means';

const PRINT = `
const { processSpace, spaceTag } = lib('internal/process-space');
process.stdout.write(processSpace() + ' ' + spaceTag());`;

const isLinux = process.platform === 'linux';

describe('processSpace', () => {
  it.runIf(isLinux)('names the boot of the kernel and the PID namespace', () => {
    const [, pid] = /\[(\d+)\]/.exec(readlinkSync('/proc/self/ns/pid')) ?? [];

    expect(processSpace()).toMatch(new RegExp(`^[\\da-f-]{36}/${pid ?? ''}/\\d*$`));
  });

  it('is the same in another process beside this one', async () => {
    const { stdout } = await runChild(PRINT);

    expect(stdout).toBe(`${processSpace()} ${spaceTag()}`);
    expect(spaceTag()).toMatch(/^[\da-f]{8}$/);
  });

  it.runIf(haveNamespaces())('is another one in a container with the same host name', async () => {
    const under = ['unshare', '--fork', '--kill-child', '--pid', '--mount-proc', '--uts'];
    const { stdout } = await runChild(PRINT, { under });
    const [space, tag] = stdout.split(' ');

    expect(space?.split('/')[0]).toBe(processSpace().split('/')[0]);
    expect(space).not.toBe(processSpace());
    expect(tag).not.toBe(spaceTag());
  });
});
