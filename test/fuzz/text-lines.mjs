/** Formatter and PrettyFormatter: a record can neither forge the line of another record nor control a terminal. */
import { built, recordOf } from './built.mjs';
import { literal } from './random.mjs';
import { logged } from './values.mjs';

const { Formatter, PrettyFormatter } = built('logging');

/** As for lines of JSON, except the tab and the line feed. */
// oxlint-disable-next-line no-control-regex -- it must match control characters
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]/;

/** The formatter begins each line with this mark, and the texts of the record try to write it, too. */
const MARK = 'REC|';
const FORMATS = {
  '%': [`${MARK}%(levelname)s %(name)s: %(message)s`, `${MARK}%(asctime)s %(message)-20s %(lineno)05d`],
  '{': [`${MARK}{levelname} {name}: {message}`, `${MARK}{asctime} {message:>20} {name!r} {process}`],
  $: [`${MARK}$levelname $name: $message`, `${MARK}\${asctime} $message $funcName`],
};
const FORGED = [
  `\n${MARK}ERROR x: forged`,
  '\n12:00:00.000 ERROR    x forged',
  '\n┆ 12:00:00.000 ERROR x forged',
];

/** A continued line is indented, or is the first line of a stack with the name of the Error. */
const CONTINUED = /^(?:\s|$)|^[\w$.]*(?:Error|Exception)(?: \[\w+\])?(?::|$)/;
const PRETTY_HEAD = /^(?:┆ )?\d\d:\d\d:\d\d\.\d{3} /;
const PRETTY_REST = /^(?:┆ )?(?: {4}|held back until: |… \d+ records dropped here|$)/;

function problemOf(lines, head, rest) {
  const heads = lines.filter((line) => head(line));
  if (heads.length !== 1) return `${heads.length} lines begin like a record`;
  const other = lines.find((line) => !head(line) && !rest(line));
  return other === undefined
    ? undefined
    : `a line could pass for a record: ${JSON.stringify(other.slice(0, 100))}`;
}

export const textLines = {
  name: 'text-lines',

  make(random) {
    const style = random.pick(['%', '{', '$', 'pretty']);
    const record = logged(random);
    // Puts the forged lines where text of a client can be: in the message, a field, or an Error.
    const forged = random.pick(FORGED);
    const where = random.pick([
      `msg: ${literal(`x${forged}`)}`,
      `extra: { ${literal(`k${forged}`)}: ${literal(forged)} }`,
      `excInfo: Object.assign(new Error(${literal(forged)}), { name: ${literal(`E${forged}`)} })`,
      `stackInfo: ${literal(`stack${forged}`)}`,
      `name: ${literal(`shop${forged}`)}`,
    ]);
    const format = style === 'pretty' ? '' : `, format: ${literal(random.pick(FORMATS[style]))}`;
    return `{ style: ${literal(style)}${format}, record: { ...${record}, ${where} } }`;
  },

  check({ style, format, record }) {
    const formatter =
      style === 'pretty'
        ? new PrettyFormatter({ colors: false, utc: true })
        : new Formatter(format, { style, utc: true });
    const text = formatter.format(recordOf({ ...record, created: 1 }));
    const control = CONTROL.exec(text);
    if (control !== null) return `U+${control[0].charCodeAt(0).toString(16)} is in the text`;
    const lines = text.split('\n');
    return style === 'pretty'
      ? problemOf(
          lines,
          (line) => PRETTY_HEAD.test(line),
          (line) => PRETTY_REST.test(line),
        )
      : problemOf(
          lines,
          (line) => line.startsWith(MARK),
          (line) => CONTINUED.test(line),
        );
  },
};
