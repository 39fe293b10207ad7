/** The text of a mail in a form that every server takes: 7bit, quoted-printable or base64. */

export interface MailBody {
  /** Value of Content-Transfer-Encoding. */
  readonly encoding: '7bit' | 'quoted-printable' | 'base64';
  /** Without their ends. */
  readonly lines: readonly string[];
}

/** Longest line, in bytes (RFC 5322 section 2.1.1, and CPython's choice); RFC 2045 has 76 for quoted-printable. */
const LINE_LENGTH = 78;
/** The encoding is chosen by what it makes of so many lines. */
const SAMPLE = 10;

/** Chosen as CPython's email package does, but for its 8bit, which only some servers take. */
export function mailBody(text: string): MailBody {
  const lines = text.split(/\r\n|\r|\n/);
  if (lines.length > 1 && lines.at(-1) === '') lines.pop();
  if (lines.every(isPlain)) return { encoding: '7bit', lines: lines.map(withoutFrom) };
  const sample = lines.slice(0, SAMPLE);
  const quotedLength = sample.flatMap(quotedPrintable).join('\n').length;
  const base64Length = Math.ceil(Buffer.byteLength(`${sample.join('\n')}\n`) / 3) * 4;
  if (quotedLength > base64Length) return { encoding: 'base64', lines: base64(`${lines.join('\n')}\n`) };
  return { encoding: 'quoted-printable', lines: lines.flatMap(quotedPrintable).map(withoutFrom) };
}

function isPlain(line: string): boolean {
  return line.length <= LINE_LENGTH && /^[\x01-\x7f]*$/.test(line);
}

/** A line that begins with `From ` would begin a new mail in an mbox file; CPython quotes it so. */
function withoutFrom(line: string): string {
  return line.startsWith('From ') ? `>${line}` : line;
}

function base64(text: string): string[] {
  return Buffer.from(text, 'utf8')
    .toString('base64')
    .replace(/.{76}(?=.)/g, '$&\n')
    .split('\n');
}

/** One line in quoted-printable, as one or more; all but the last end with `=`. */
function quotedPrintable(line: string): string[] {
  const pieces = [...Buffer.from(line, 'utf8')].map(quotedByte);
  const last = pieces.at(-1);
  // White space at the end of a line gets lost on the way.
  if (last === ' ' || last === '\t') pieces[pieces.length - 1] = last === ' ' ? '=20' : '=09';
  const lines: string[] = [];
  let current = '';
  for (const [at, piece] of pieces.entries()) {
    const room = at === pieces.length - 1 ? LINE_LENGTH : LINE_LENGTH - 1;
    if (current.length + piece.length > room) {
      lines.push(`${current}=`);
      current = '';
    }
    current += piece;
  }
  return [...lines, current];
}

function quotedByte(byte: number): string {
  const isLiteral = byte === 0x09 || (byte >= 0x20 && byte <= 0x7e && byte !== 0x3d);
  return isLiteral ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
