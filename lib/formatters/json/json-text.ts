/** Writes strings as JSON, always on one line. */
import { escapeJson, NOT_PLAIN_JSON } from '../../internal/control-characters';

/** Up to this length a loop over the characters is faster than a regular expression (7 ns instead of 15 ns). */
const SHORT = 16;

function isPlain(text: string): boolean {
  if (text.length > SHORT) return !NOT_PLAIN_JSON.test(text);
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
  return escapeJson(JSON.stringify(text));
}
