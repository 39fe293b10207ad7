/** Signs frames with a secret that both ends know, and checks them: HMAC-SHA256 over the payload, in front of it. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { FRAME_HEADER_BYTES, frameOf } from './frame';

export const SIGNATURE_BYTES = 32;

function signatureOf(payload: Uint8Array, key: string | Uint8Array): Buffer {
  return createHmac('sha256', key).update(payload).digest();
}

/** A frame whose payload is the signature and then the frame's own payload. */
export function signFrame(frame: Buffer, key: string | Uint8Array): Buffer {
  const payload = frame.subarray(FRAME_HEADER_BYTES);
  return frameOf(signatureOf(payload, key), payload);
}

/** The payload without its signature; undefined when that is not the one of the key. */
export function verifiedPayload(signed: Buffer, key: string | Uint8Array): Buffer | undefined {
  if (signed.length < SIGNATURE_BYTES) return undefined;
  const payload = signed.subarray(SIGNATURE_BYTES);
  const matches = timingSafeEqual(signed.subarray(0, SIGNATURE_BYTES), signatureOf(payload, key));
  return matches ? payload : undefined;
}
