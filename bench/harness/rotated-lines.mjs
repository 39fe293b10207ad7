/** Proves that every line landed in a file or one of its backups, compressed ones too, and landed once. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const GZIP = '.gz';

/** A backup whose compression was cut off by the end of the process is there twice: the plain one is whole. */
function filesIn(directory, isLog) {
  const names = readdirSync(directory).filter(isLog);
  return names.filter((name) => !(name.endsWith(GZIP) && names.includes(name.slice(0, -GZIP.length))));
}

function textOf(path) {
  const bytes = readFileSync(path);
  return (path.endsWith(GZIP) ? gunzipSync(bytes) : bytes).toString('utf8');
}

/**
 * `idOf` gives the number of a line, from 0; `isLog` tells the log's files from others in the directory.
 * Returns how many files there are.
 *
 * @throws Error when a line is missing, is there twice, or has no number.
 */
export function checkRotatedLines(directory, { expected, idOf, isLog = () => true }) {
  const seen = new Uint8Array(expected);
  const files = filesIn(directory, isLog);
  for (const name of files) {
    for (const line of textOf(join(directory, name)).split('\n')) {
      if (line === '') continue;
      const id = idOf(line);
      if (!(id >= 0 && id < expected)) throw new Error(`${name} has a strange line: ${line.slice(0, 200)}`);
      if (seen[id]++ > 0) throw new Error(`order ${id} landed twice, again in ${name}`);
    }
  }
  const missing = seen.reduce((count, times) => count + (times === 0 ? 1 : 0), 0);
  if (missing > 0) throw new Error(`${missing} of ${expected} lines are in none of ${files.length} files`);
  return files.length;
}
