/** Checks that every line is in a file or in one of its backups, also compressed ones, exactly once. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const GZIP = '.gz';

/** If the process ended during a compression, a backup exists twice. The uncompressed file is complete, so it is used. */
function filesIn(directory, isLog) {
  const names = readdirSync(directory).filter(isLog);
  return names.filter((name) => !(name.endsWith(GZIP) && names.includes(name.slice(0, -GZIP.length))));
}

function textOf(path) {
  const bytes = readFileSync(path);
  return (path.endsWith(GZIP) ? gunzipSync(bytes) : bytes).toString('utf8');
}

/**
 * `idOf` returns the number of a line, from 0; `isLog` recognises the files of the log. Returns the number of files.
 *
 * @throws Error if a line is missing, exists twice, or has no number.
 */
export function checkRotatedLines(directory, { expected, idOf, isLog = () => true }) {
  const seen = new Uint8Array(expected);
  const files = filesIn(directory, isLog);
  for (const name of files) {
    for (const line of textOf(join(directory, name)).split('\n')) {
      if (line === '') continue;
      const id = idOf(line);
      if (!(id >= 0 && id < expected)) throw new Error(`${name} has a strange line: ${line.slice(0, 200)}`);
      if (seen[id]++ > 0) throw new Error(`order ${id} was written twice, the second time in ${name}`);
    }
  }
  const missing = seen.reduce((count, times) => count + (times === 0 ? 1 : 0), 0);
  if (missing > 0) throw new Error(`${missing} of ${expected} lines are in none of ${files.length} files`);
  return files.length;
}
