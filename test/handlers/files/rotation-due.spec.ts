import { constants } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AppendFile } from '../../../lib/handlers/files/append-file';
import { isFullFor, reachesLimit, RetryPause } from '../../../lib/handlers/files/rotation-due';
import { textEncoding, type EncodingErrors } from '../../../lib/handlers/files/text-encoding';
import { tempDir } from '../../support/temp-dir';

function reaches(text: string, size: number, encoding = 'utf8', errors?: EncodingErrors): boolean {
  return reachesLimit(text, { size, limit: 100, encoding: textEncoding(encoding, errors) });
}

describe('reachesLimit', () => {
  it('is true when the file would have exactly as many bytes as the limit', () => {
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

  it('counts the replacement of a character that the encoding cannot hold', () => {
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

  it('adds the waiting bytes to those of the file', () => {
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

/** The lengths of the pauses after so many failures on end. */
function pauses(count: number): number[] {
  const pause = new RetryPause();
  return Array.from({ length: count }, () => {
    pause.failed(0);
    let ms = 0;
    while (!pause.isOver(ms)) ms += 10;
    pause.end();
    return ms;
  });
}

describe('RetryPause', () => {
  it('does not begin with a pause', () => {
    expect(new RetryPause().isOver(0)).toBe(true);
  });

  it('doubles from 0.1 s to 30 s', () => {
    expect(pauses(11)).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
  });

  it('starts again after a success', () => {
    const pause = new RetryPause();
    pause.failed(0);
    pause.failed(0);
    pause.end();
    pause.succeeded();
    pause.failed(0);

    expect(pause.isOver(99)).toBe(false);
    expect(pause.isOver(100)).toBe(true);
  });

  it('waits only a moment for another process, and does not count it as a failure', () => {
    const pause = new RetryPause();
    pause.busy(0);

    expect(pause.isOver(1)).toBe(false);
    expect(pause.isOver(2)).toBe(true);
  });

  it('ends when the clock is set back by its length', () => {
    const pause = new RetryPause();
    pause.failed(10_000);

    expect(pause.isOver(9_950)).toBe(false);
    expect(pause.isOver(9_900)).toBe(true);
  });
});
