/** Where one message ends and the next begins on a stream. */

/**
 * - `octet-counted`: the length stands before the message (RFC 6587, RFC 5425), which may hold anything.
 * - `newline`: a newline ends the message; newlines in it become `#012`, as rsyslog writes them.
 * - `nul`: a NUL ends the message; NULs in it become `#000`.
 */
export type SyslogFraming = 'octet-counted' | 'newline' | 'nul';

export const FRAMINGS: readonly SyslogFraming[] = ['octet-counted', 'newline', 'nul'];

const NEWLINE = { byte: 0x0a, character: '\n', escaped: '#012' } as const;
const NUL = { byte: 0, character: '\0', escaped: '#000' } as const;

/** The message as it goes on the stream. */
export function frame(message: Buffer, framing: SyslogFraming): Buffer {
  if (framing === 'octet-counted') return Buffer.concat([Buffer.from(`${message.length} `), message]);
  return ended(message, framing === 'newline' ? NEWLINE : NUL);
}

function ended(message: Buffer, end: typeof NEWLINE | typeof NUL): Buffer {
  const safe = message.includes(end.byte)
    ? // Latin-1 keeps every byte as it is.
      Buffer.from(message.toString('latin1').replaceAll(end.character, end.escaped), 'latin1')
    : message;
  const framed = Buffer.allocUnsafe(safe.length + 1);
  safe.copy(framed);
  framed[safe.length] = end.byte;
  return framed;
}
