/** The built package, and records of the fields that a fuzzer makes. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** A file of `dist`, by its path in `lib` without the ending. */
export function built(path) {
  return require(`../../dist/${path}.js`);
}

const { LogRecord } = built('logging');

/** Only what the program sets itself is set: the arguments are read as those of a log call. */
export function recordOf({ name, levelno, msg, args, created, ...set }) {
  const record = new LogRecord(name, levelno, msg, args, created);
  Object.assign(record, set);
  return record;
}
