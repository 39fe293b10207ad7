/** Whether a gzip file holds just what another file holds. */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { openFile } from './gzip-copy';

async function digest(stream: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of stream) hash.update(piece as Buffer);
  return hash.digest('hex');
}

async function unzippedDigest(file: FileHandle): Promise<string | undefined> {
  try {
    const source = file.createReadStream();
    const unzipped = createGunzip();
    source.on('error', (error) => unzipped.destroy(error)).pipe(unzipped);
    return await digest(unzipped);
  } catch {
    // Z_BUF_ERROR, Z_DATA_ERROR: a copy that was cut short.
    return undefined;
  } finally {
    await file.close();
  }
}

/**
 * `broken` if `gzip` ends early or is not a gzip file.
 *
 * @throws the error of open(2); DeliveryError if one of the two is not a regular file.
 */
export async function compareWithGzip(plain: string, gzip: string): Promise<'same' | 'different' | 'broken'> {
  const plainFile = await openFile(plain);
  try {
    const unzipped = await unzippedDigest(await openFile(gzip));
    if (unzipped === undefined) return 'broken';
    return unzipped === (await digest(plainFile.createReadStream())) ? 'same' : 'different';
  } finally {
    await plainFile.close();
  }
}
