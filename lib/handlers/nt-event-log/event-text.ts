/** A record's text as the event log takes it. */

/** Documented limit of one string of ReportEvent, in UTF-16 units. */
const LONGEST = 31_839;
/** Room for `… [123456 characters cut]`. */
const MARK = 32;

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

/**
 * Windows reads to the first NUL, so a NUL is written as `\x00`; what is over the limit is cut and counted, as Windows
 * would refuse the whole event.
 */
export function eventText(text: string): string {
  const plain = text.replaceAll('\0', '\\x00');
  if (plain.length <= LONGEST) return plain;
  const room = LONGEST - MARK;
  const end = isHighSurrogate(plain.charCodeAt(room - 1)) ? room - 1 : room;
  return `${plain.slice(0, end)}… [${plain.length - end} characters cut]`;
}
