/** The frames of Python's SocketHandler: a length of four bytes, big-endian, before each pickle; and their signatures. */
import { createHmac, timingSafeEqual } from 'node:crypto';

export const FRAME_HEADER_BYTES = 4;

/** Writes the length of the payload into the first four bytes. */
export function writeFrameLength(frame: Buffer): void {
  frame.writeUInt32BE(frame.length - FRAME_HEADER_BYTES, 0);
}

/** Puts the length before the payload. */
export function frameOf(...parts: readonly Uint8Array[]): Buffer {
  const frame = Buffer.concat([Buffer.alloc(FRAME_HEADER_BYTES), ...parts]);
  writeFrameLength(frame);
  return frame;
}

export const SIGNATURE_BYTES = 32;

function signatureOf(payload: Uint8Array, key: string | Uint8Array): Buffer {
  return createHmac('sha256', key).update(payload).digest();
}

/** Returns a frame whose payload is the signature followed by the original payload. */
export function signFrame(frame: Buffer, key: string | Uint8Array): Buffer {
  const payload = frame.subarray(FRAME_HEADER_BYTES);
  return frameOf(signatureOf(payload, key), payload);
}

/** The payload without its signature; undefined if the signature does not match the key. */
export function verifiedPayload(signed: Buffer, key: string | Uint8Array): Buffer | undefined {
  if (signed.length < SIGNATURE_BYTES) return undefined;
  const payload = signed.subarray(SIGNATURE_BYTES);
  const matches = timingSafeEqual(signed.subarray(0, SIGNATURE_BYTES), signatureOf(payload, key));
  return matches ? payload : undefined;
}
