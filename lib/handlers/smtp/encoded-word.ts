/** Encoded words (RFC 2047): header text that ASCII cannot hold. */

/** Longest encoded word, in characters (RFC 2047 section 2). */
export const LONGEST_ENCODED_WORD = 75;
/** Base64 is taken when it saves at least this many characters: the other form can be read by eye. */
const WORTH_BASE64 = 5;

/** Whether a word without white space must be encoded to arrive as it is. */
export function needsEncoding(word: string): boolean {
  return /[^\x21-\x7e]/.test(word) || word.includes('=?');
}

/** The shorter of the two forms. */
export function encodedWord(text: string): string {
  const bytes = Buffer.from(text, 'utf8');
  const quoted = quotedForm(bytes);
  const base64Length = Math.ceil(bytes.length / 3) * 4;
  return quoted.length - base64Length < WORTH_BASE64
    ? `=?utf-8?q?${quoted}?=`
    : `=?utf-8?b?${bytes.toString('base64')}?=`;
}

/** The longest beginning of `text`, in whole characters, whose encoded word has at most `room` characters. */
export function longestPrefix(text: string, room: number): string {
  const characters = [...text].slice(0, room);
  while (characters.length > 0 && encodedWord(characters.join('')).length > room) characters.pop();
  return characters.join('');
}

function quotedForm(bytes: Buffer): string {
  return [...bytes].map(quotedByte).join('');
}

function quotedByte(byte: number): string {
  if (byte === 0x20) return '_';
  const character = String.fromCharCode(byte);
  // Also safe inside a display name (section 5, rule 3).
  return /[A-Za-z0-9!*+/-]/.test(character)
    ? character
    : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
