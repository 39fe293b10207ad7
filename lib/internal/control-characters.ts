/** Escapes characters that control a terminal, end a line, or are invisible. */

/** DEL, C1, and the two separators that end a line in JavaScript and Unicode. C0 is added where they are used. */
const BEYOND_C0 = String.raw`\x7f-\x9f\u2028\u2029`;
/**
 * The invisible characters of the category Cf (format): direction marks, embeddings, overrides and isolates, joiners, zero
 * width spaces, the soft hyphen, annotations. Visible characters of Cf, such as Arabic number signs, are not escaped.
 */
const INVISIBLE = String.raw`\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb`;
/** The same above U+FFFF, as surrogate pairs: hieroglyphs, shorthand, music, and tags, which can hide whole texts. */
const INVISIBLE_PAIRS = String.raw`\ud80d[\udc30-\udc3f]|\ud82f[\udca0-\udca3]|\ud834[\udd73-\udd7a]|\udb40[\udc00-\udc7f]`;
/** The first surrogates of such pairs. */
const FIRST_OF_PAIRS = String.raw`\ud80d\ud82f\ud834\udb40`;

/** Characters that need escaping in JSON or for readers of its lines, and all surrogates, since one may be alone. */
export const NOT_PLAIN_JSON = new RegExp(`["\\\\\\0-\\x1f\\ud800-\\udfff${BEYOND_C0}${INVISIBLE}]`);
const LEFT_BY_STRINGIFY = new RegExp(`[${BEYOND_C0}${INVISIBLE}]|${INVISIBLE_PAIRS}`, 'g');
/** C0 without tab, and the others. */
const UNSAFE = new RegExp(`[\\0-\\x08\\x0a-\\x1f${BEYOND_C0}${INVISIBLE}${FIRST_OF_PAIRS}]`);
const ALL_UNSAFE = new RegExp(`[\\0-\\x08\\x0a-\\x1f${BEYOND_C0}${INVISIBLE}]|${INVISIBLE_PAIRS}`, 'g');
const ALL_BUT_NEWLINE = new RegExp(`[\\0-\\x08\\x0b-\\x1f${BEYOND_C0}${INVISIBLE}]|${INVISIBLE_PAIRS}`, 'g');

/**
 * Letters and marks of scripts that use joiners (Arabic to Mongolian, the Indic scripts, Adlam), and emoji, which may be
 * sequences with joiners.
 */
const JOINED = String.raw`(?:(?=[\p{L}\p{M}])[\u0600-\u1cff\ua800-\uabff\u{11000}-\u{11fff}\u{1e900}-\u{1e95f}]|\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)`;
const ENDS_JOINED = new RegExp(`${JOINED}$`, 'u');
const BEGINS_JOINED = new RegExp(`^${JOINED}`, 'u');

/** Whether it is a joiner (U+200C, U+200D) between two characters that need it. Elsewhere a joiner is invisible. */
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

/** Escapes characters that JSON allows but that are a problem for terminals, readers of lines and people. */
export function escapeJson(json: string): string {
  return json.replace(LEFT_BY_STRINGIFY, escapeInJson);
}

/** For shorter texts, a loop over the characters is faster than a regular expression. */
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
 * The text on one line. Escapes `\n`, `\r`, `\x1b` and other control characters, and invisible ones such as `\u202e`. Keeps
 * tabs, and joiners inside an emoji or a word of a script that needs them.
 */
export function escapeControls(text: string): string {
  return isPlain(text) ? text : text.replace(ALL_UNSAFE, escapeOne);
}

/** As `escapeControls`, but keeps line breaks: for a transport that marks the end of a message. */
export function escapeAllButNewlines(text: string): string {
  return isPlain(text) ? text : text.replace(ALL_BUT_NEWLINE, escapeOne);
}

/** Matches the first line of a stack, which begins with the name of an error. */
const NAMES_AN_ERROR = /^[\w$.]*(?:Error|Exception)(?: \[\w+\])?(?::|$)/;

/**
 * Escapes a stack but keeps its lines. All lines are indented, except a first line with the name of an error, so that no
 * line looks like a record: the message of an error may contain newlines and text of a client.
 */
export function escapeStack(text: string): string {
  const lines = text.replace(ALL_BUT_NEWLINE, escapeOne).split('\n');
  return lines
    .map((line, i) =>
      /^(?:\s|$)/.test(line) || (i === 0 && NAMES_AN_ERROR.test(line)) ? line : `    ${line}`,
    )
    .join('\n');
}
