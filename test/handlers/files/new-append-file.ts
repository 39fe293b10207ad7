/** An AppendFile in a directory of its own. */
import { constants, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppendFile } from '../../../lib/handlers/files/append-file';
import { textEncoding } from '../../../lib/handlers/files/text-encoding';
import { tempDir } from '../../support/temp-dir';

const { O_WRONLY, O_CREAT, O_APPEND } = constants;

export function newAppendFile({ encoding = 'utf8' } = {}): AppendFile {
  const file = new AppendFile(join(tempDir(), 'app.log'), {
    flags: O_WRONLY | O_CREAT | O_APPEND,
    encoding: textEncoding(encoding, undefined),
  });
  file.open();
  return file;
}

export function textOf(file: AppendFile): string {
  return readFileSync(file.path, 'utf8');
}
