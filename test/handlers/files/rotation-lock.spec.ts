import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  isRunning,
  ownerText,
  parseOwner,
  RotationLock,
  thisProcess,
} from '../../../lib/handlers/files/rotation-lock';
import { tempDir } from '../../support/temp-dir';

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
    'is not read from %j',
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

  it.runIf(process.platform === 'linux')('is false when another process has the id', () => {
    expect(isRunning({ ...thisProcess(), started: '1' })).toBe(false);
  });

  it.each([
    ['of another host', { host: 'elsewhere.invalid' }],
    ['of another container with our host name', { space: 'boot/1/2' }],
  ])('is undefined for a process %s, also if its id exists here', async (_where, other) => {
    expect(isRunning({ ...thisProcess(), ...other })).toBeUndefined();
    expect(isRunning({ ...thisProcess(), ...other, pid: await endedPid() })).toBeUndefined();
  });

  it.runIf(process.platform === 'linux')('is undefined if the container is unknown', () => {
    expect(isRunning({ ...thisProcess(), space: '-' })).toBeUndefined();
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

function lock(): RotationLock {
  return new RotationLock(join(tempDir(), 'app.log.lock'));
}

describe('RotationLock', () => {
  it('is held by one at a time', () => {
    const first = lock();
    const second = new RotationLock(first.path);

    expect(first.acquire()).toBe(true);
    expect(second.acquire()).toBe(false);
    first.release();
    expect(second.acquire()).toBe(true);
    second.release();
    expect(existsSync(first.path)).toBe(false);
  });

  it('writes its owner to the file', () => {
    const held = lock();
    held.acquire();

    expect(readFileSync(held.path, 'utf8')).toBe(ownerText(thisProcess()));
    held.release();
  });

  it('takes over from a process that has ended, and leaves nothing behind', () => {
    const taken = lock();
    // Started in another tick than this process: the id has passed on.
    writeFileSync(taken.path, ownerText({ ...thisProcess(), started: '1' }));

    expect(taken.acquire()).toBe(true);
    taken.release();
    expect(readdirSync(dirname(taken.path))).toEqual([]);
  });

  it.each([
    ['another host', ownerText({ ...thisProcess(), host: 'elsewhere.invalid', pid: 1 })],
    ['nobody that can be named', ''],
    ['a process of another container with our host name', ownerText({ ...thisProcess(), space: 'boot/1/2' })],
    ['a process of another kernel', ownerText({ ...thisProcess(), pid: 99_999_999, space: 'boot/1/2' })],
    ['a process that runs for ever', ownerText({ ...thisProcess(), pid: 1, started: '-' })],
    ['this process itself', ownerText(thisProcess())],
  ])('waits a minute, by its own clock, for %s', (_who, text) => {
    const taken = lock();
    writeFileSync(taken.path, text);
    const now = vi.spyOn(performance, 'now');

    now.mockReturnValue(1000);
    expect(taken.acquire()).toBe(false);
    now.mockReturnValue(60_999);
    expect(taken.acquire()).toBe(false);
    now.mockReturnValue(61_000);
    expect(taken.acquire()).toBe(true);
    taken.release();
  });

  it.each([
    ['a process that runs for ever', ownerText({ ...thisProcess(), pid: 1, started: '-' })],
    ['another host', ownerText({ ...thisProcess(), host: 'elsewhere.invalid', pid: 1 })],
    ['nobody that can be named', ''],
    ['a process of another container with our host name', ownerText({ ...thisProcess(), space: 'boot/1/2' })],
    ['a process of another kernel', ownerText({ ...thisProcess(), pid: 99_999_999, space: 'boot/1/2' })],
  ])('takes over at once from %s when the file was written a minute after the lock', (_who, text) => {
    const taken = lock();
    const log = taken.path.slice(0, -'.lock'.length);
    writeFileSync(taken.path, text);
    writeFileSync(log, '');
    utimesSync(taken.path, 1_700_000_000, 1_700_000_000);

    utimesSync(log, 1_700_000_059, 1_700_000_059);
    expect(taken.acquire()).toBe(false);
    utimesSync(log, 1_700_000_060, 1_700_000_060);
    expect(taken.acquire()).toBe(true);
    taken.release();
  });

  it('throws for an owner whose lock was taken over', () => {
    const held = lock();
    held.acquire();
    held.check();

    unlinkSync(held.path);

    expect(() => held.check()).toThrow('another process has taken over the rotation');
    held.release();
  });

  it.each([
    ['a directory', (path: string) => mkdirSync(path)],
    ['a FIFO', (path: string) => execFileSync('mkfifo', [path])],
    ['a link to nothing', (path: string) => symlinkSync('nowhere', path)],
  ])('is acquired without a file when %s is at its path, with the reason', (_what, make) => {
    const blocked = lock();
    make(blocked.path);

    expect(blocked.acquire()).toBe(true);
    expect(blocked.missing?.cause).toEqual(
      expect.objectContaining({ message: expect.stringContaining('is not a file') }),
    );
    blocked.check();
    blocked.release();
    expect(readdirSync(dirname(blocked.path))).toEqual(['app.log.lock']);
  });

  it('is acquired without a file where its name is too long', () => {
    const long = new RotationLock(join(tempDir(), `${'x'.repeat(252)}.lock`));

    expect(long.acquire()).toBe(true);
    expect(long.missing?.cause).toMatchObject({ code: 'ENAMETOOLONG' });
    long.release();
  });

  it('waits again for another lock of that kind', () => {
    const taken = lock();
    const now = vi.spyOn(performance, 'now').mockReturnValue(0);
    writeFileSync(taken.path, '');
    taken.acquire();
    unlinkSync(taken.path);
    writeFileSync(taken.path, '');
    utimesSync(taken.path, 1_700_000_000, 1_700_000_000);

    now.mockReturnValue(60_000);
    expect(taken.acquire()).toBe(false);
  });

  it('keeps a lock that another process has created in the meantime', () => {
    const held = lock();
    held.acquire();
    unlinkSync(held.path);
    writeFileSync(held.path, 'theirs');
    utimesSync(held.path, 1_700_000_000, 1_700_000_000);

    held.release();

    expect(readFileSync(held.path, 'utf8')).toBe('theirs');
  });

  it('throws when there is no directory', () => {
    const nowhere = new RotationLock(join(tempDir(), 'missing', 'app.log.lock'));

    expect(() => nowhere.acquire()).toThrow('ENOENT');
  });
});
