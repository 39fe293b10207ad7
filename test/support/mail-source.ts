/** Reads a mail as a mail program shows it, whatever its encodings and line breaks. */

export interface ShownMail {
  /** By name, in lower case; encoded words (RFC 2047) are decoded. */
  readonly headers: Readonly<Record<string, string>>;
  /** Lines end with `\n`. */
  readonly text: string;
}

export function shownMail(source: string): ShownMail {
  const normal = source.replaceAll('\r\n', '\n');
  const end = normal.indexOf('\n\n');
  const lines = normal
    .slice(0, end)
    .replace(/\n(?=[ \t])/g, '')
    .split('\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), decodedHeader(line.slice(colon + 1).replace(/^ /, ''))];
    }),
  );
  return {
    headers,
    text: decodedBody(normal.slice(end + 2), headers['content-transfer-encoding'] ?? '7bit'),
  };
}

function decodedHeader(value: string): string {
  // White space between two encoded words is dropped.
  const joined = value.replace(/(\?=)[ \t]+(?==\?)/g, '$1');
  return joined.replace(/=\?utf-8\?([qb])\?([^?]*)\?=/gi, (_word, form: string, text: string) =>
    decodedBody(form.toLowerCase() === 'q' ? text.replaceAll('_', ' ') : text, form.toLowerCase()),
  );
}

function decodedBody(body: string, encoding: string): string {
  if (encoding === 'base64' || encoding === 'b') {
    return Buffer.from(body, 'base64').toString('utf8').replaceAll('\r\n', '\n');
  }
  if (encoding !== 'quoted-printable' && encoding !== 'q') return body;
  const bytes = body
    .replace(/=\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
