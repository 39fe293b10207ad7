/** Finds the frames in a stream of bytes that arrives in pieces of any size. */
import { FRAME_HEADER_BYTES } from './frame';
import { UnpicklingError } from './unpickling.error';

/** What is set aside for a frame at first: a length that was only claimed costs nothing. */
const FIRST_BYTES = 4096;

export class FrameReader {
  readonly #maxFrameBytes: number;
  /** Header and payload of the frame that is not complete yet. */
  #held = Buffer.alloc(0);
  #length = 0;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Bytes of a frame that is not complete. */
  get pending(): number {
    return this.#length;
  }

  /**
   * Calls `onFrame` with the payload of each frame that is now complete. It is a view: valid during the call.
   *
   * @throws UnpicklingError if a frame claims more than the limit; the rest of the stream makes no sense then.
   */
  push(chunk: Buffer, onFrame: (payload: Buffer) => void): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#length > 0) {
        rest = this.#fill(rest, onFrame);
        continue;
      }
      const size = this.#sizeOf(rest);
      if (rest.length < size) return this.#hold(rest);
      onFrame(rest.subarray(FRAME_HEADER_BYTES, size));
      rest = rest.subarray(size);
    }
    return undefined;
  }

  /** Takes what the held frame lacks, and returns what is left. */
  #fill(chunk: Buffer, onFrame: (payload: Buffer) => void): Buffer {
    const wanted = this.#sizeOf(this.#held.subarray(0, this.#length)) - this.#length;
    const taken = Math.min(wanted, chunk.length);
    this.#hold(chunk.subarray(0, taken));
    const size = this.#sizeOf(this.#held.subarray(0, this.#length));
    if (this.#length === size) {
      const frame = this.#held;
      this.#held = Buffer.alloc(0);
      this.#length = 0;
      onFrame(frame.subarray(FRAME_HEADER_BYTES, size));
    }
    return chunk.subarray(taken);
  }

  /** Of the frame that begins here, as far as that is known: of its header, else of all of it. */
  #sizeOf(start: Buffer): number {
    if (start.length < FRAME_HEADER_BYTES) return FRAME_HEADER_BYTES;
    const length = start.readUInt32BE(0);
    if (length <= this.#maxFrameBytes) return FRAME_HEADER_BYTES + length;
    throw new UnpicklingError(`a frame claims ${length} bytes; "maxFrameBytes" is ${this.#maxFrameBytes}`);
  }

  #hold(bytes: Buffer): void {
    const length = this.#length + bytes.length;
    if (length > this.#held.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, this.#held.length * 2, length));
      larger.set(this.#held.subarray(0, this.#length));
      this.#held = larger;
    }
    this.#held.set(bytes, this.#length);
    this.#length = length;
  }
}
