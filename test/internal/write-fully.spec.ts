import { closeSync, openSync, readFileSync } from 'node:fs';
import type * as fileSystem from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { writeFully } from '../../lib/internal/write-fully';
import { tempDir } from '../support/temp-dir';
import { faults } from './write-faults';

vi.mock('node:fs', async (original) => {
  const { withWriteFaults } = await import('./write-faults.js');
  return withWriteFaults(await original<typeof fileSystem>());
});

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

  it('waits out a pipe that is full', () => {
    const path = join(tempDir(), 'file');
    const fd = openSync(path, 'w');
    faults.push('EAGAIN', 'EAGAIN', 2, 'EAGAIN');

    writeFully(fd, 'abcd');

    closeSync(fd);
    expect(readFileSync(path, 'utf8')).toBe('abcd');
  });

  it('gives up at once when it is told not to wait', () => {
    faults.push('EAGAIN', 'EAGAIN');

    expect(() => writeFully(1, 'never written', 0)).toThrow('EAGAIN');
    expect(faults).toEqual([]);
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
