/** Keeps a value from writing what a terminal or a reader of lines obeys, or what nobody sees. */

/** DEL, C1, and the two separators that count as line ends in JavaScript and Unicode; C0 goes before them. */
const BEYOND_C0 = String.raw`\x7f-\x9f\u2028\u2029`;
/**
 * Of the category Cf (format), what shows nothing: marks, embeddings, overrides and isolates of direction, joiners, zero
 * width spaces, the soft hyphen, annotations. The visible signs of that category, such as Arabic number signs, stay.
 */
const INVISIBLE = String.raw`\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb`;
/** The same beyond U+FFFF, as pairs of surrogates: hieroglyphs, shorthand, music, and tags, which can hide whole texts. */
const INVISIBLE_PAIRS = String.raw`\ud80d[\udc30-\udc3f]|\ud82f[\udca0-\udca3]|\ud834[\udd73-\udd7a]|\udb40[\udc00-\udc7f]`;
/** What such a pair begins with: enough to look closer. */
const FIRST_OF_PAIRS = String.raw`\ud80d\ud82f\ud834\udb40`;

/** Whatever JSON, or a reader of its lines, cannot take as it is; lone surrogates are among the surrogates. */
export const NOT_PLAIN_JSON = new RegExp(`["\\\\\\0-\\x1f\\ud800-\\udfff${BEYOND_C0}${INVISIBLE}]`);
const LEFT_BY_STRINGIFY = new RegExp(`[${BEYOND_C0}${INVISIBLE}]|${INVISIBLE_PAIRS}`, 'g');
/** C0 without tab, and the rest. */
const UNSAFE = new RegExp(`[\\0-\\x08\\x0a-\\x1f${BEYOND_C0}${INVISIBLE}${FIRST_OF_PAIRS}]`);
const ALL_UNSAFE = new RegExp(`[\\0-\\x08\\x0a-\\x1f${BEYOND_C0}${INVISIBLE}]|${INVISIBLE_PAIRS}`, 'g');
const ALL_BUT_NEWLINE = new RegExp(`[\\0-\\x08\\x0b-\\x1f${BEYOND_C0}${INVISIBLE}]|${INVISIBLE_PAIRS}`, 'g');

/**
 * Letters and marks of the scripts that are written with joiners (Arabic to Mongolian, the Indic scripts, Adlam), and
 * emoji, which are put together with them.
 */
const JOINED = String.raw`(?:(?=[\p{L}\p{M}])[\u0600-\u1cff\ua800-\uabff\u{11000}-\u{11fff}\u{1e900}-\u{1e95f}]|\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)`;
const ENDS_JOINED = new RegExp(`${JOINED}$`, 'u');
const BEGINS_JOINED = new RegExp(`^${JOINED}`, 'u');

/** A joiner (U+200C, U+200D) between two characters that are written with it; elsewhere it only hides. */
function isJoiner(character: string, at: number, text: string): boolean {
  return (
    (character === '\u200c' || character === '\u200d') &&
    ENDS_JOINED.test(text.slice(Math.max(0, at - 2), at)) &&
    BEGINS_JOINED.test(text.slice(at + 1, at + 3))
  );
}

function escapeOne(character: string, at: number, text: string): string {
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (isJoiner(character, at, text)) return character;
  const code = character.codePointAt(0) ?? 0;
  if (code > 0xffff) return `\\u{${code.toString(16)}}`;
  return code <= 0xff
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}

function escapeInJson(character: string, at: number, text: string): string {
  if (isJoiner(character, at, text)) return character;
  let escaped = '';
  for (let i = 0; i < character.length; i++) {
    escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  }
  return escaped;
}

/** Escapes what JSON allows in its text, and terminals, readers of lines and people trip over. */
export function escapeJson(json: string): string {
  return json.replace(LEFT_BY_STRINGIFY, escapeInJson);
}

/** Below it a loop over the characters beats a regular expression. */
const SHORT = 16;

function isPlain(text: string): boolean {
  if (text.length > SHORT) return !UNSAFE.test(text);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return !UNSAFE.test(text);
  }
  return true;
}

/**
 * The text on one line: `\n`, `\r`, `\x1b` and the like are written as escapes, and so are `\u202e` and other characters
 * that nobody sees. A tab stays, and a joiner inside an emoji or a word of a script that needs it.
 */
export function escapeControls(text: string): string {
  return isPlain(text) ? text : text.replace(ALL_UNSAFE, escapeOne);
}

/** As `escapeControls`, with its line breaks: for a message of a transport that says where it ends. */
export function escapeAllButNewlines(text: string): string {
  return isPlain(text) ? text : text.replace(ALL_BUT_NEWLINE, escapeOne);
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
