import { describe, expect, it } from 'vitest';
import { reachesLimit } from '../../../lib/handlers/rotating-file/reaches-limit';
import { textEncoding, type EncodingErrors } from '../../../lib/internal/text-encoding';

function reaches(text: string, size: number, encoding = 'utf8', errors?: EncodingErrors): boolean {
  return reachesLimit(text, { size, limit: 100, encoding: textEncoding('Test', encoding, errors) });
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
