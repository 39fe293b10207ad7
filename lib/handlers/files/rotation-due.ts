/** Whether a file should be rotated now: its size limit, and the pause after a rotation that failed. */
import type { AppendFile } from './append-file';
import type { TextEncoding } from './text-encoding';

/** The most that any encoding and policy makes of one UTF-16 unit: `&#65535;` has 8 bytes. */
const MOST_BYTES_PER_UNIT = 8;

/** @throws FormatError when the encoding cannot hold the text. */
export function reachesLimit(
  text: string,
  file: { readonly size: number; readonly limit: number; readonly encoding: TextEncoding },
): boolean {
  // The exact length costs a pass over the text, which is not needed far from the limit.
  if (file.size + text.length * MOST_BYTES_PER_UNIT < file.limit) return false;
  const bytes = file.encoding.toBytes(file.encoding.prepare(text));
  return file.size + (typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length) >= file.limit;
}

/** Whether to rotate the file before `text` is written. A single record may be larger than the limit. */
export function isFullFor(
  text: string,
  {
    file,
    pendingBytes,
    maxBytes,
  }: { readonly file: AppendFile; readonly pendingBytes: number; readonly maxBytes: number },
): boolean {
  file.open();
  const size = file.size + pendingBytes;
  // An empty file or a device is never moved away.
  if (size === 0 || !file.isRegular) return false;
  try {
    return reachesLimit(text, { size, limit: maxBytes, encoding: file.encoding });
  } catch {
    // The text cannot be encoded. The write fails with the same error, which is reported.
    return false;
  }
}

/** First pause after a failure, in ms. Each further failure doubles it, up to the longest. */
const FIRST_MS = 100;
const LONGEST_MS = 30_000;
/** Pause while another process rotates, in ms. */
const BUSY_MS = 2;

/** The pause before a failed rotation is tried again. A clock that is set back also ends it. */
export class RetryPause {
  #since = 0;
  #lengthMs = 0;
  #nextMs = FIRST_MS;

  isOver(nowMs: number): boolean {
    return this.#lengthMs === 0 || Math.abs(nowMs - this.#since) >= this.#lengthMs;
  }

  failed(nowMs: number): void {
    this.#since = nowMs;
    this.#lengthMs = this.#nextMs;
    this.#nextMs = Math.min(this.#nextMs * 2, LONGEST_MS);
  }

  busy(nowMs: number): void {
    this.#since = nowMs;
    this.#lengthMs = BUSY_MS;
  }

  /** Called before a new attempt. */
  end(): void {
    this.#lengthMs = 0;
  }

  succeeded(): void {
    this.#nextMs = FIRST_MS;
  }
}
