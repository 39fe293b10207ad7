import type * as fileSystem from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { faults } from '../../internal/write-faults';
import { newAppendFile, textOf } from './new-append-file';

vi.mock('node:fs', async (original) => {
  const { withWriteFaults } = await import('../../internal/write-faults.js');
  return withWriteFaults(await original<typeof fileSystem>());
});

beforeEach(() => {
  faults.length = 0;
});

describe('AppendFile', () => {
  it('ends a line that was cut short before the next one', () => {
    const file = newAppendFile();
    file.write('first\n');
    faults.push(3, 'ENOSPC');

    expect(() => file.write('second\n')).toThrow('ENOSPC');
    file.write('third\n');

    expect(textOf(file)).toBe('first\nsec\nthird\n');
    expect(file.size).toBe(16);
    file.close();
  });

  it.each(['ENOSPC', 'EIO', 'EDQUOT'])('writes again by itself after %s', (code) => {
    const file = newAppendFile();
    faults.push(code);

    expect(() => file.write('lost\n')).toThrow(code);
    file.write('kept\n');

    expect(textOf(file)).toBe('kept\n');
    file.close();
  });

  it('remembers a cut line while its end cannot be written', () => {
    const file = newAppendFile();
    faults.push(3, 'ENOSPC', 'ENOSPC', 'ENOSPC');

    for (const line of ['one\n', 'two\n', 'three\n']) expect(() => file.write(line)).toThrow('ENOSPC');
    file.write('four\n');

    expect(textOf(file)).toBe('one\nfour\n');
    file.close();
  });

  it('writes a file gone from its server through a new descriptor', () => {
    const file = newAppendFile();
    file.write('a\n');
    faults.push('ESTALE');

    file.write('b\n');

    expect(textOf(file)).toBe('a\nb\n');
    file.close();
  });
});
