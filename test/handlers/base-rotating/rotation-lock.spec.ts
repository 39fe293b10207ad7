import { existsSync, readdirSync, readFileSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ownerText, thisProcess } from '../../../lib/handlers/base-rotating/lock-owner';
import { RotationLock } from '../../../lib/handlers/base-rotating/rotation-lock';
import { tempDir } from '../../support/temp-dir';

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

  it('names its holder in the file', () => {
    const held = lock();
    held.acquire();

    expect(readFileSync(held.path, 'utf8')).toBe(ownerText(thisProcess()));
    held.release();
  });

  it('takes over from a process that is gone, and leaves nothing behind', () => {
    const taken = lock();
    // Started in another tick than this process: the id has passed on.
    writeFileSync(taken.path, ownerText({ ...thisProcess(), started: '1' }));

    expect(taken.acquire()).toBe(true);
    taken.release();
    expect(readdirSync(dirname(taken.path))).toEqual([]);
  });

  it.each([
    ['another host', ownerText({ host: 'elsewhere.invalid', pid: 1, started: '-' })],
    ['nobody that can be named', ''],
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

  it('begins to wait anew for another lock of that kind', () => {
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

  it('leaves a lock alone that somebody else has made in the meantime', () => {
    const held = lock();
    held.acquire();
    unlinkSync(held.path);
    writeFileSync(held.path, 'theirs');
    utimesSync(held.path, 1_700_000_000, 1_700_000_000);

    held.release();

    expect(readFileSync(held.path, 'utf8')).toBe('theirs');
  });

  it('throws when there can be no lock file', () => {
    const nowhere = new RotationLock(join(tempDir(), 'missing', 'app.log.lock'));

    expect(() => nowhere.acquire()).toThrow('ENOENT');
  });
});
