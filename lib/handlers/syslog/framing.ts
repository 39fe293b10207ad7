/** Where one message ends and the next begins on a stream. */

/**
 * - `octet-counted`: the length stands before the message (RFC 6587, RFC 5425), which may hold anything.
 * - `newline`: a newline ends the message; newlines in it become `#012`, as rsyslog writes them.
 * - `nul`: a NUL ends the message; NULs in it become `#000`.
 * - `none`: Python's bytes as they are, line breaks and NULs included; a server may read several messages in one.
 */
export type SyslogFraming = 'octet-counted' | 'newline' | 'nul' | 'none';

export const FRAMINGS: readonly SyslogFraming[] = ['octet-counted', 'newline', 'nul', 'none'];

const NEWLINE = { byte: 0x0a, character: '\n', escaped: '#012' } as const;
const NUL = { byte: 0, character: '\0', escaped: '#000' } as const;

/** The message as it goes on the stream. */
export function frame(message: Buffer, framing: SyslogFraming): Buffer {
  if (framing === 'none') return message;
  if (framing === 'octet-counted') return Buffer.concat([Buffer.from(`${message.length} `), message]);
  return ended(message, framing === 'newline' ? NEWLINE : NUL);
}

/**
 * A message of Python's format on a stream, which has no framing. Servers end a message at a line break, at a NUL or at
 * both, so neither may stand in it but for the NUL at its end.
 */
export function unframed(message: Buffer): Buffer {
  const isEnded = message.at(-1) === NUL.byte;
  const text = isEnded ? message.subarray(0, -1) : message;
  const safe = without(without(text, NEWLINE), NUL);
  if (safe === text) return message;
  return isEnded ? Buffer.concat([safe, message.subarray(-1)]) : safe;
}

function without(message: Buffer, end: typeof NEWLINE | typeof NUL): Buffer {
  return message.includes(end.byte)
    ? // Latin-1 keeps every byte as it is.
      Buffer.from(message.toString('latin1').replaceAll(end.character, end.escaped), 'latin1')
    : message;
}

function ended(message: Buffer, end: typeof NEWLINE | typeof NUL): Buffer {
  const safe = without(message, end);
  const framed = Buffer.allocUnsafe(safe.length + 1);
  safe.copy(framed);
  framed[safe.length] = end.byte;
  return framed;
}
