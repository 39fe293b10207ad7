/** Strings as JSON, on one line whatever is in them, and cut when they are too long. */
/** What JSON or a reader of lines cannot take as it is; lone surrogates are among the surrogates. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const SPECIAL = /["\\\0-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]/;
/** JSON allows these, but terminals obey C1 and some readers of lines end a line at the separators. */
// oxlint-disable-next-line no-control-regex -- as above
const LEFT_BY_STRINGIFY = /[\x7f-\x9f\u2028\u2029]/g;

/** Below it a loop over the characters beats a regular expression (7 against 15 ns), above it loses. */
const SHORT = 16;

function escapeUnit(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function isPlain(text: string): boolean {
  if (text.length > SHORT) return !SPECIAL.test(text);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code === 0x22 || code === 0x5c || code > 0x7e) return false;
  }
  return true;
}

/** The text as a JSON string. */
export function quote(text: string): string {
  if (isPlain(text)) return `"${text}"`;
  // stringify writes a lone surrogate as \udXXX, so that the line is valid UTF-8.
  return JSON.stringify(text).replace(LEFT_BY_STRINGIFY, escapeUnit);
}

export { cutText } from '../../internal/print/printed-text';
