/** Whether a gzip file holds just what another file holds. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

async function digest(stream: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of stream) hash.update(piece as Buffer);
  return hash.digest('hex');
}

/** `broken` when the gzip file ends early or is none. */
export async function compareWithGzip(plain: string, gzip: string): Promise<'same' | 'different' | 'broken'> {
  const expected = await digest(createReadStream(plain));
  try {
    const source = createReadStream(gzip);
    const unzipped = createGunzip();
    source.on('error', (error) => unzipped.destroy(error)).pipe(unzipped);
    return (await digest(unzipped)) === expected ? 'same' : 'different';
  } catch {
    // Z_BUF_ERROR, Z_DATA_ERROR: a copy that was cut short.
    return 'broken';
  }
}
