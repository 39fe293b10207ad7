import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isRunning, ownerText, parseOwner, thisProcess } from '../../../lib/handlers/files/lock-owner';

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

  it.each(['', 'host 12', 'host 12 1\n', 'host x 1 -\n', 'host 0 1 -\n', 'host 12 1 -'])(
    'is not seen in %j',
    (text) => {
      expect(parseOwner(text)).toBeUndefined();
    },
  );
});

describe('isRunning', () => {
  it('is true of this process', () => {
    expect(isRunning(thisProcess())).toBe(true);
  });

  it('is false of a process that has ended', async () => {
    expect(isRunning({ ...thisProcess(), pid: await endedPid() })).toBe(false);
  });

  it.runIf(process.platform === 'linux')('is false when the process id has passed to another', () => {
    expect(isRunning({ ...thisProcess(), started: '1' })).toBe(false);
  });

  it.each([
    ['of another host', { host: 'elsewhere.invalid' }],
    ['of another container with our host name', { space: 'boot/1/2' }],
  ])('cannot be told of a process %s, whether there is one of its id here or not', async (_where, other) => {
    expect(isRunning({ ...thisProcess(), ...other })).toBeUndefined();
    expect(isRunning({ ...thisProcess(), ...other, pid: await endedPid() })).toBeUndefined();
  });

  it.runIf(process.platform === 'linux')(
    'cannot be told where the system does not say which container it is',
    () => {
      expect(isRunning({ ...thisProcess(), space: '-' })).toBeUndefined();
    },
  );
});
