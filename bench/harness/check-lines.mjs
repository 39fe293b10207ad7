/** Proves that every line landed: counts them, and reads the first, the last, or all of them. */
import { closeSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

const PIECE = 1 << 20;

function* linesOf(file) {
  const fd = openSync(file, 'r');
  const decoder = new StringDecoder('utf8');
  const bytes = Buffer.alloc(PIECE);
  let rest = '';
  try {
    for (let read; (read = readSync(fd, bytes, 0, PIECE, null)) > 0;) {
      const lines = (rest + decoder.write(bytes.subarray(0, read))).split('\n');
      rest = lines.pop();
      yield* lines;
    }
  } finally {
    closeSync(fd);
  }
  if (rest !== '') throw new Error(`the last line has no end: ${rest.slice(0, 200)}`);
}

/**
 * Counts the lines for which `isOurs` holds; `parse` is applied to the first and last, or with `all` to each.
 *
 * @throws Error when the count differs from `expected` or a line does not parse.
 */
export function checkLines(file, { expected, isOurs = () => true, parse, all = false }) {
  let count = 0;
  let last;
  for (const line of linesOf(file)) {
    if (!isOurs(line)) continue;
    if (all || count === 0) parse(line, count);
    last = line;
    count++;
  }
  if (count !== expected) throw new Error(`${count} lines landed, ${expected} were logged`);
  if (last !== undefined) parse(last, count - 1);
}
