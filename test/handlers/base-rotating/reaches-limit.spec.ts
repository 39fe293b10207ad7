import { constants } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isFullFor, reachesLimit } from '../../../lib/handlers/base-rotating/reaches-limit';
import { AppendFile } from '../../../lib/internal/append-file';
import { textEncoding, type EncodingErrors } from '../../../lib/internal/text-encoding';
import { tempDir } from '../../support/temp-dir';

function reaches(text: string, size: number, encoding = 'utf8', errors?: EncodingErrors): boolean {
  return reachesLimit(text, { size, limit: 100, encoding: textEncoding(encoding, errors) });
}

describe('reachesLimit', () => {
  it('is true when the file would have just as many bytes as the limit', () => {
    expect(reaches('1234\n', 94)).toBe(false);
    expect(reaches('1234\n', 95)).toBe(true);
  });

  it.each([
    ['utf8', 'é\n', 3],
    ['utf8', '年\n', 4],
    ['utf8', '😀\n', 5],
    ['latin1', 'é\n', 2],
    ['utf16le', 'é\n', 4],
  ])('counts bytes of %s: %j has %i', (encoding, text, bytes) => {
    expect(reaches(text, 99 - bytes, encoding)).toBe(false);
    expect(reaches(text, 100 - bytes, encoding)).toBe(true);
  });

  it('counts what stands for a character that the encoding cannot hold', () => {
    expect(reaches('\uffff', 91, 'ascii', 'xmlcharrefreplace')).toBe(false);
    expect(reaches('\uffff', 92, 'ascii', 'xmlcharrefreplace')).toBe(true);
  });

  it('throws near the limit when the encoding is strict', () => {
    expect(() => reaches('é', 99, 'ascii')).toThrow("can't encode");
  });
});

describe('isFullFor', () => {
  const { O_WRONLY, O_CREAT, O_APPEND } = constants;

  function fileAt(path: string, encoding = 'utf8'): AppendFile {
    const flags = O_WRONLY | O_CREAT | O_APPEND;
    return new AppendFile(path, { flags, encoding: textEncoding(encoding, undefined) });
  }

  it('adds what waits to what the file has', () => {
    const file = fileAt(join(tempDir(), 'app.log'));
    file.write('12345');

    expect(isFullFor('789\n', { file, pendingBytes: 0, maxBytes: 10 })).toBe(false);
    expect(isFullFor('789\n', { file, pendingBytes: 1, maxBytes: 10 })).toBe(true);
    file.close();
  });

  it('is false of an empty file, of a device, and of text that cannot be encoded', () => {
    const file = fileAt(join(tempDir(), 'app.log'), 'ascii');
    expect(isFullFor('123456789\n', { file, pendingBytes: 0, maxBytes: 3 })).toBe(false);
    file.write('1');
    expect(isFullFor('é', { file, pendingBytes: 0, maxBytes: 3 })).toBe(false);
    const device = fileAt('/dev/null');
    expect(isFullFor('1234', { file: device, pendingBytes: 1, maxBytes: 3 })).toBe(false);
    for (const open of [file, device]) open.close();
  });
});
