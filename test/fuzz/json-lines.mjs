/** JsonFormatter: every record becomes one line of valid JSON in which every key is unique. */
import { built, recordOf } from './built.mjs';
import { literal, text } from './random.mjs';
import { fields, logged } from './values.mjs';

const { JsonFormatter } = built('logging');

/** Characters that end a line or control a terminal. */
// oxlint-disable-next-line no-control-regex -- it must match control characters
const CONTROL = /[\0-\x1f\x7f-\x9f\u2028\u2029]/;
const MOST_CHARACTERS = 8 * 1024 * 1024;

/** The keys of the outermost object in order. Does not use JSON.parse, which keeps only the last of two equal keys. */
function outerKeys(line) {
  const keys = [];
  let depth = 0;
  for (const [token] of line.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && token.endsWith(':')) keys.push(JSON.parse(token.slice(0, -1)));
  }
  return keys;
}

export const jsonLines = {
  name: 'json-lines',

  make(random) {
    const options = [];
    if (random.chance(0.2))
      options.push(`redact: [${literal(random.pick(['a', '**.a', '*.b', 'headers', '["\\n"]']))}]`);
    if (random.chance(0.1)) options.push(`base: ${fields(random)}`);
    if (random.chance(0.1)) options.push(`maxStringLength: ${random.pick([1, 2, 10])}`);
    if (random.chance(0.1)) options.push(`maxDepth: ${random.pick([1, 2, 1000])}`);
    if (random.chance(0.1)) options.push(`maxEntries: ${random.pick([1, 2, 10_000])}`);
    if (random.chance(0.1))
      options.push(`fields: { [${literal(text(random, 2))}]: "message", b: "levelno", a: "name" }`);
    return `{ options: { ${options.join(', ')} }, record: ${logged(random)} }`;
  },

  check({ options, record }) {
    let formatter;
    try {
      formatter = new JsonFormatter(options);
    } catch (error) {
      // A key that the line already has.
      if (error.code === 'ERR_LOG_OPTION') return undefined;
      throw error;
    }
    const line = formatter.format(recordOf(record));
    const control = CONTROL.exec(line);
    if (control !== null) return `U+${control[0].charCodeAt(0).toString(16)} is in the line`;
    if (!line.isWellFormed()) return 'half a surrogate pair is in the line';
    if (line.length > MOST_CHARACTERS) return `the line has ${line.length} characters`;
    let parsed;
    try {
      parsed = JSON.parse(line);
    } catch (error) {
      return `the line is no JSON: ${error.message}`;
    }
    if (typeof parsed !== 'object' || Array.isArray(parsed)) return 'the line is no object';
    const keys = outerKeys(line);
    const twice = keys.find((key, i) => keys.indexOf(key) !== i);
    return twice === undefined ? undefined : `the key ${JSON.stringify(twice)} is there twice`;
  },
};
