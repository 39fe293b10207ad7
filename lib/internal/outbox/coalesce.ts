/** Joins small payloads, so that a batch costs few system calls. */

/** Bytes that are joined at most; a larger payload goes alone. */
export const CHUNK_BYTES = 64 * 1024;

export interface Chunk {
  readonly bytes: Buffer;
  /** Payloads in it. */
  readonly count: number;
}

/** The payloads from `from` on that fit into one chunk of `maxBytes`, at least one. */
export function coalesce(payloads: readonly Buffer[], from: number, maxBytes = CHUNK_BYTES): Chunk {
  let end = from;
  let length = 0;
  do {
    length += payloads[end]?.length ?? 0;
    end++;
  } while (end < payloads.length && length + (payloads[end]?.length ?? 0) <= maxBytes);
  const bytes = end === from + 1 ? payloads[from] : undefined;
  return { bytes: bytes ?? Buffer.concat(payloads.slice(from, end), length), count: end - from };
}
