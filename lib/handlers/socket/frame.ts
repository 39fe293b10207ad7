/** The frames of Python's SocketHandler: a length of four bytes, big-endian, before each pickle. */

export const FRAME_HEADER_BYTES = 4;

/** Puts the length of what follows into the first four bytes. */
export function writeFrameLength(frame: Buffer): void {
  frame.writeUInt32BE(frame.length - FRAME_HEADER_BYTES, 0);
}

/** The payload with its length in front. */
export function frameOf(...parts: readonly Uint8Array[]): Buffer {
  const frame = Buffer.concat([Buffer.alloc(FRAME_HEADER_BYTES), ...parts]);
  writeFrameLength(frame);
  return frame;
}
