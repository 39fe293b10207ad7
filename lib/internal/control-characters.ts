/** Keeps a value from writing what a terminal or a reader of lines obeys. */

/** C0 without tab, DEL, C1, and the two separators that count as line ends in JavaScript and Unicode. */
// oxlint-disable-next-line no-control-regex -- control characters are what this file is about
const CONTROL = /[\0-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]/;
// oxlint-disable-next-line no-control-regex -- as above
const ALL_CONTROLS = /[\0-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]/g;
// oxlint-disable-next-line no-control-regex -- as above, without the newline
const ALL_BUT_NEWLINE = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]/g;

function escapeOne(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  const code = character.charCodeAt(0);
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
}

/** Below it a loop over the characters beats a regular expression. */
const SHORT = 16;

function isPlain(text: string): boolean {
  if (text.length > SHORT) return !CONTROL.test(text);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return !CONTROL.test(text);
  }
  return true;
}

/** The text on one line: `\n`, `\r`, `\x1b` and the like are written as escapes. A tab stays. */
export function escapeControls(text: string): string {
  return isPlain(text) ? text : text.replace(ALL_CONTROLS, escapeOne);
}

/** A stack's first line names its error; a thrown text could say anything else. */
const NAMES_AN_ERROR = /^[\w$.]*(?:Error|Exception)(?: \[\w+\])?(?::|$)/;

/**
 * A stack keeps its lines, but none of them can be taken for a record: all are set in, except a first line that names
 * an error. An error's message may hold newlines, and after them whatever a client sent.
 */
export function escapeStack(text: string): string {
  const lines = text.replace(ALL_BUT_NEWLINE, escapeOne).split('\n');
  return lines
    .map((line, i) =>
      /^(?:\s|$)/.test(line) || (i === 0 && NAMES_AN_ERROR.test(line)) ? line : `    ${line}`,
    )
    .join('\n');
}
