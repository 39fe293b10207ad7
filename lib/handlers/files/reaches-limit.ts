/** Whether a text brings a file to its limit, measured in bytes as they are written. */
import type { AppendFile } from './append-file';
import type { TextEncoding } from './text-encoding';

/** No encoding and no policy makes more of one UTF-16 unit: `&#65535;` has 8 bytes. */
const MOST_BYTES_PER_UNIT = 8;

/** @throws FormatError when the encoding cannot hold the text. */
export function reachesLimit(
  text: string,
  file: { readonly size: number; readonly limit: number; readonly encoding: TextEncoding },
): boolean {
  // The exact length costs a pass over the text: far from the limit it does not matter.
  if (file.size + text.length * MOST_BYTES_PER_UNIT < file.limit) return false;
  const bytes = file.encoding.toBytes(file.encoding.prepare(text));
  return file.size + (typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length) >= file.limit;
}

/** Whether the file is to be moved away before `text` is written. One record may be larger than the limit. */
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
  // An empty file is never moved away, nor is a device.
  if (size === 0 || !file.isRegular) return false;
  try {
    return reachesLimit(text, { size, limit: maxBytes, encoding: file.encoding });
  } catch {
    // It cannot be encoded: writing it fails in the same way, and that is reported.
    return false;
  }
}
