import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compareWithGzip } from '../../../lib/handlers/base-rotating/same-content';
import { tempDir } from '../../support/temp-dir';

async function compare(gzip: Buffer): Promise<string> {
  const directory = tempDir();
  const [plain, zipped] = [join(directory, 'a'), join(directory, 'a.gz')];
  writeFileSync(plain, 'one\ntwo\n'.repeat(10_000));
  writeFileSync(zipped, gzip);
  return compareWithGzip(plain, zipped);
}

const whole = gzipSync('one\ntwo\n'.repeat(10_000));

describe('compareWithGzip', () => {
  it('knows the same content, in one member or in several', async () => {
    expect(await compare(whole)).toBe('same');
    expect(await compare(Buffer.concat([gzipSync('one\ntwo\n'.repeat(9999)), gzipSync('one\ntwo\n')]))).toBe(
      'same',
    );
  });

  it('knows other content', async () => {
    expect(await compare(gzipSync('one\n'))).toBe('different');
  });

  it.each([
    ['cut short', whole.subarray(0, 100)],
    ['empty', Buffer.alloc(0)],
    ['no gzip file', Buffer.from('one\ntwo\n')],
  ])('calls a file broken that is %s', async (_what, bytes) => {
    expect(await compare(bytes)).toBe('broken');
  });
});
