import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../lib/errors';
import { FILE_BUFFER, type FileBufferOptions } from '../../../lib/handlers/files/file-buffer';
import { readOption } from '../../../lib/internal/options';

function read(buffer: unknown): unknown {
  return readOption(FILE_BUFFER, buffer, { owner: 'FileHandler', name: 'buffer' });
}

describe('FILE_BUFFER', () => {
  it.each<[FileBufferOptions | 'turn', object]>([
    [{}, { bytes: 65_536, intervalMs: 1000 }],
    [{ bytes: 10 }, { bytes: 10, intervalMs: 1000 }],
    [{ intervalMs: 5 }, { bytes: 65_536, intervalMs: 5 }],
    ['turn', { bytes: 65_536, intervalMs: 1000, onlyThisTurn: true }],
  ])('of %j', (buffer, limits) => {
    expect(read(buffer)).toEqual(limits);
  });

  it.each([
    ['trun', `"buffer" must be 'turn', or an object with "bytes" and "intervalMs", got 'trun'.`],
    [true, `"buffer" must be 'turn', or an object with "bytes" and "intervalMs", got true.`],
    [1000, `"buffer" must be 'turn', or an object with "bytes" and "intervalMs", got 1000.`],
    [{ bites: 1 }, '"buffer": unknown option "bites"'],
    [{ bytes: 0 }, '"buffer": "bytes" must be a positive integer, got 0.'],
    [{ intervalMs: 0.5 }, '"buffer": "intervalMs" must be a positive integer, got 0.5.'],
  ])('refuses %j', (buffer, message) => {
    const limits = (): unknown => read(buffer);

    expect(limits).toThrow(ConfigurationError);
    expect(limits).toThrow(`FileHandler: ${message}`);
  });
});
