import type * as fileSystem from 'node:fs';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { IncompleteWriteError, writeFully } from '../../lib/internal/write-fully';
import { tempDir } from '../support/temp-dir';
import { faults } from './write-faults';

describe('IncompleteWriteError', () => {
  it('says how much was written and why it stopped', () => {
    const cause = new Error('ENOSPC');

    const error = new IncompleteWriteError(7, cause);

    expect(error).toMatchObject({
      name: 'IncompleteWriteError',
      message: 'only the first 7 bytes were written',
      written: 7,
      cause,
    });
  });
});

vi.mock('node:fs', async (original) => {
  const { withWriteFaults } = await import('./write-faults.js');
  return withWriteFaults(await original<typeof fileSystem>());
});

let clockStart = 1_000_000;

beforeEach(() => {
  faults.length = 0;
});

describe('writeFully', () => {
  it('loops over short writes, also within a character of several bytes', () => {
    const path = join(tempDir(), 'file');
    const fd = openSync(path, 'w');
    faults.push(1, 2, 1);

    expect(writeFully(fd, 'é年😀\n')).toBe(10);

    closeSync(fd);
    expect(readFileSync(path, 'utf8')).toBe('é年😀\n');
  });

  it('waits for a full pipe', () => {
    const path = join(tempDir(), 'file');
    const fd = openSync(path, 'w');
    faults.push('EAGAIN', 'EAGAIN', 2, 'EAGAIN');

    writeFully(fd, 'abcd');

    closeSync(fd);
    expect(readFileSync(path, 'utf8')).toBe('abcd');
  });

  it('does not wait if isPatient is false', () => {
    faults.push('EAGAIN');

    expect(() => writeFully(1, 'never written', { isPatient: false })).toThrow('EAGAIN');
    expect(faults).toEqual([]);
  });

  describe('with a reader that reads nothing, or little', () => {
    /** Lets every pause pass at once, on a clock of the test's own. */
    function fakeClock(): { now: number; waited: number } {
      const clock = { now: clockStart, waited: 0 };
      // The budget outlives a test: each begins long after the one before.
      clockStart += 600_000;
      vi.spyOn(performance, 'now').mockImplementation(() => clock.now);
      vi.spyOn(Atomics, 'wait').mockImplementation((...[, , , ms = 0]) => {
        clock.now += ms;
        clock.waited += ms;
        return 'timed-out';
      });
      onTestFinished(() => void vi.restoreAllMocks());
      return clock;
    }
    const full = (): number => {
      throw Object.assign(new Error('full'), { code: 'EAGAIN' });
    };

    it('waits 5 s', () => {
      const clock = fakeClock();

      expect(() => writeFully(1, 'x', { write: full })).toThrow('full');
      expect(clock.waited).toBe(5000);
    });

    it('waits 5 s for all descriptors together', () => {
      const clock = fakeClock();

      for (const fd of [1, 2, 7]) expect(() => writeFully(fd, 'x', { write: full })).toThrow('full');
      expect(clock.waited).toBe(5000);
    });

    it('waits no longer for a reader that reads a byte now and then', () => {
      const clock = fakeClock();
      let last = clock.now;
      const trickle = (): number => {
        if (clock.now - last < 100) return full();
        last = clock.now;
        return 1;
      };

      expect(() => writeFully(1, 'x'.repeat(1000), { write: trickle })).toThrow('only the first 45 bytes');
      expect(clock.waited).toBe(5000);
    });

    it.each([100, 7000, 20_000, 45_000])('waits 5 s in any minute when called every %d ms', (every) => {
      const clock = fakeClock();
      const waits: { readonly end: number; readonly ms: number }[] = [];
      for (const begin = clock.now; clock.now - begin < 300_000; clock.now += every) {
        const before = clock.waited;
        expect(() => writeFully(1, 'x', { write: full })).toThrow('full');
        waits.push({ end: clock.now, ms: clock.waited - before });
      }

      for (const { end } of waits) {
        const inMinute = waits.filter((other) => other.end <= end && other.end - other.ms >= end - 60_000);
        expect(inMinute.reduce((sum, { ms }) => sum + ms, 0)).toBeLessThanOrEqual(5000);
      }
      expect(clock.waited).toBeGreaterThan(5000);
    });
  });

  it('writes a Buffer as it is', () => {
    const path = join(tempDir(), 'file');
    const fd = openSync(path, 'w');
    faults.push(2);

    expect(writeFully(fd, Buffer.from([0xff, 0, 0x0a]))).toBe(3);

    closeSync(fd);
    expect([...readFileSync(path)]).toEqual([0xff, 0, 0x0a]);
  });

  it('says how many bytes went out before it failed', () => {
    const fd = openSync(join(tempDir(), 'file'), 'w');
    faults.push(2, 1, 'ENOSPC');

    expect(() => writeFully(fd, 'abcdef')).toThrow(
      expect.objectContaining({
        name: 'IncompleteWriteError',
        written: 3,
        cause: expect.objectContaining({ code: 'ENOSPC' }),
      }),
    );
    closeSync(fd);
  });

  it.each(['ENOSPC', 'EPIPE'])('throws %s itself when nothing was written', (code) => {
    faults.push(code);

    expect(() => writeFully(1, 'never written')).toThrow(expect.objectContaining({ code }));
  });
});
