/** Makes a message fit, and says in it how much is missing. */

const NUL = 0;

/** Whether a byte continues a character of UTF-8. */
function continues(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/**
 * At most `maxBytes` of a message in UTF-8: cut between characters, with `[... 123 bytes cut]` at its end. A NUL that
 * ended the message ends it again.
 */
export function cutMessage(message: Buffer, maxBytes: number): Buffer {
  if (message.length <= maxBytes) return message;
  const end = message.at(-1) === NUL ? '\0' : '';
  const longest = Buffer.byteLength(marker(message.length) + end);
  let kept = Math.max(0, maxBytes - longest);
  while (kept > 0 && continues(message[kept])) kept--;
  const cut = message.length - end.length - kept;
  return Buffer.concat([message.subarray(0, kept), Buffer.from(marker(cut) + end)]).subarray(0, maxBytes);
}

function marker(bytes: number): string {
  return `[... ${bytes} bytes cut]`;
}
