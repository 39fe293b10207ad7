/** Checks that every line was written: counts the lines, and parses the first and the last, or all of them. */
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
 * Counts the lines for which `isOurs` returns true; calls `parse` with the first and the last, or with `all` with each.
 *
 * @throws Error if the count differs from `expected` or a line cannot be parsed.
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
  if (count !== expected) throw new Error(`${count} lines were written, ${expected} were logged`);
  if (last !== undefined) parse(last, count - 1);
}
