/** Faults of write(2) that no real disk produces on demand: short writes followed by an errno. */
import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import type * as fileSystem from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AppendBatch } from '../../lib/internal/append-batch';
import { AppendFile } from '../../lib/internal/append-file';
import { textEncoding } from '../../lib/internal/text-encoding';
import { writeFully } from '../../lib/internal/write-fully';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

/** What the next calls of writeSync do: take so many bytes, or fail with a code; 'ok' and afterwards: all. */
const faults = vi.hoisted((): (number | string)[] => []);

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof fileSystem>();
  return {
    ...fs,
    writeSync(fd: number, data: string | Buffer): number {
      const fault = faults.shift() ?? 'ok';
      if (fault === 'ok') return fs.writeSync(fd, data as string);
      if (typeof fault === 'number') return fs.writeSync(fd, Buffer.from(data as string).subarray(0, fault));
      throw Object.assign(new Error(`${fault}: forced`), { code: fault });
    },
  };
});

const { O_WRONLY, O_CREAT, O_APPEND } = constants;

function appendFile(options: { encoding?: string } = {}): AppendFile {
  const file = new AppendFile(join(tempDir(), 'app.log'), {
    flags: O_WRONLY | O_CREAT | O_APPEND,
    encoding: textEncoding('Test', options.encoding ?? 'utf8', undefined),
  });
  file.open();
  return file;
}

function batchOf(
  file: AppendFile,
  options: { bytes?: number; intervalMs?: number } = {},
): { batch: AppendBatch; errors: unknown[] } {
  const errors: unknown[] = [];
  const batch = new AppendBatch(file, {
    bytes: options.bytes ?? 1000,
    intervalMs: options.intervalMs ?? 60_000,
    onError: (error) => errors.push(error),
  });
  return { batch, errors };
}

function text(file: AppendFile): string {
  return readFileSync(file.path, 'utf8');
}

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
});

describe('AppendFile', () => {
  it('ends a line that was cut short before the next one', () => {
    const file = appendFile();
    file.write('first\n');
    faults.push(3, 'ENOSPC');

    expect(() => file.write('second\n')).toThrow('ENOSPC');
    file.write('third\n');

    expect(text(file)).toBe('first\nsec\nthird\n');
    expect(file.size).toBe(16);
    file.close();
  });

  it.each(['ENOSPC', 'EIO', 'EDQUOT'])('writes again by itself after %s', (code) => {
    const file = appendFile();
    faults.push(code);

    expect(() => file.write('lost\n')).toThrow(code);
    file.write('kept\n');

    expect(text(file)).toBe('kept\n');
    file.close();
  });

  it('remembers that a line is cut while even its end cannot be written', () => {
    const file = appendFile();
    faults.push(3, 'ENOSPC', 'ENOSPC', 'ENOSPC');

    for (const line of ['one\n', 'two\n', 'three\n']) expect(() => file.write(line)).toThrow('ENOSPC');
    file.write('four\n');

    expect(text(file)).toBe('one\nfour\n');
    file.close();
  });

  it('writes a file gone from its server through a new descriptor', () => {
    const file = appendFile();
    file.write('a\n');
    faults.push('ESTALE');

    file.write('b\n');

    expect(text(file)).toBe('a\nb\n');
    file.close();
  });
});

describe('AppendBatch', () => {
  it('keeps what a full disk did not take, and writes it in order later', () => {
    const file = appendFile();
    const { batch } = batchOf(file);
    for (const line of ['one\n', 'two\n']) batch.add(line);
    faults.push(6, 'ENOSPC');

    expect(() => batch.flush()).toThrow('2 records wait for the file and are tried again');
    batch.add('three\n');
    batch.close();

    expect(text(file)).toBe('one\ntwo\nthree\n');
    file.close();
  });

  it('does not try at every record while the file fails', () => {
    const file = appendFile();
    const { batch } = batchOf(file, { bytes: 10 });
    faults.push('ENOSPC');

    expect(() => batch.add('0123456789\n')).toThrow('1 records wait');
    faults.push('EIO');
    batch.add('short\n');

    expect(faults).toEqual(['EIO']);
    faults.length = 0;
    batch.close();
    expect(text(file)).toBe('0123456789\nshort\n');
    file.close();
  });

  it('refuses records beyond its bound while the file fails', () => {
    const file = appendFile();
    const { batch } = batchOf(file, { bytes: 10 });
    faults.push(...Array.from({ length: 100 }, () => 'ENOSPC'));
    const refusals: string[] = [];

    for (let at = 0; at < 40; at++) {
      try {
        batch.add('0123456789\n');
      } catch (error) {
        if (error instanceof Error && error.message.includes('this one is lost'))
          refusals.push(error.message);
      }
    }

    expect(batch.records).toBe(14);
    expect(refusals).toHaveLength(26);
    expect(batch.size).toBeLessThanOrEqual(160);
    faults.length = 0;
    batch.close();
    expect(text(file)).toBe('0123456789\n'.repeat(14));
    file.close();
  });

  it('gives up at close, with the count, and ends the cut line', () => {
    const file = appendFile();
    const { batch } = batchOf(file);
    batch.add('first\n');
    batch.add('second\n');
    faults.push(3, 'ENOSPC');

    expect(() => batch.close()).toThrow('up to 2 records were lost at close');
    file.write('later\n');

    expect(text(file)).toBe('fir\nlater\n');
    file.close();
  });

  it('tells of a failure in its timer and tries again with the next', async () => {
    const file = appendFile();
    const { batch, errors } = batchOf(file, { intervalMs: 2 });
    faults.push('EIO');

    batch.add('patient\n');

    await until(() => text(file) === 'patient\n');
    expect(errors).toEqual([
      expect.objectContaining({ message: '1 records wait for the file and are tried again' }),
    ]);
    batch.close();
    file.close();
  });

  it('keeps the order of bytes in an encoding that is not UTF-8', () => {
    const file = appendFile({ encoding: 'utf-16' });
    const { batch } = batchOf(file);
    batch.add('ab\n');
    faults.push('ok', 3, 'ENOSPC');

    expect(() => batch.flush()).toThrow('1 records wait');
    batch.close();

    expect(readFileSync(file.path).toString('hex')).toBe('fffe610062000a00');
    file.close();
  });
});
