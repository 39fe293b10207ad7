/** Loads the built package, and creates records from the fields of a fuzzer. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Loads a file of `dist` by its path in `lib` without the extension. */
export function built(path) {
  return require(`../../dist/${path}.js`);
}

const { LogRecord } = built('logging');

/** Sets only the given fields; all others are read from the arguments, as in a log call. */
export function recordOf({ name, levelno, msg, args, created, ...set }) {
  const record = new LogRecord(name, levelno, msg, args, created);
  Object.assign(record, set);
  return record;
}
