import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { mayRun, ownerText, parseOwner, thisProcess } from '../../../lib/handlers/base-rotating/lock-owner';

/** The id of a process that has ended. */
async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? 0;
}

describe('a lock owner', () => {
  it('is read as it was written', () => {
    const owner = thisProcess();

    expect(owner.pid).toBe(process.pid);
    expect(parseOwner(ownerText(owner))).toEqual(owner);
  });

  it.each(['', 'host 12', 'host x 1\n', 'host 0 1\n', 'host 12 1'])('is not seen in %j', (text) => {
    expect(parseOwner(text)).toBeUndefined();
  });
});

describe('mayRun', () => {
  it('is true of this process, and of one of another host', () => {
    expect(mayRun(thisProcess())).toBe(true);
    expect(mayRun({ host: 'elsewhere.invalid', pid: 1, started: '-' })).toBe(true);
  });

  it('is false of a process that has ended', async () => {
    expect(mayRun({ ...thisProcess(), pid: await endedPid() })).toBe(false);
  });

  it.runIf(process.platform === 'linux')('is false when the process id has passed to another', () => {
    expect(mayRun({ ...thisProcess(), started: '1' })).toBe(false);
  });
});
