/** What was written last to a connection: the part that is in doubt when the connection breaks. */

/** Whole payloads that were written together. */
export interface SentChunk {
  readonly bytes: Buffer;
  /** Payloads in it. */
  readonly count: number;
  /** When the kernel had taken it, in ms of the monotonic clock. */
  readonly at: number;
  /** It was sent before, on a connection that broke. */
  readonly again: boolean;
}

/** Bounded by bytes: the oldest chunks leave it first, and the newest is always in it. */
export class SentWindow {
  readonly #maxBytes: number;
  #chunks: SentChunk[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(chunk: SentChunk): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.bytes.length;
    let first = 0;
    while (this.#bytes > this.#maxBytes && first < this.#chunks.length - 1) {
      this.#bytes -= this.#chunks[first++]?.bytes.length ?? 0;
    }
    // Few: a chunk is up to 64 KiB when there is much to send.
    if (first > 0) this.#chunks.splice(0, first);
  }

  /** Empties it, and returns what was written at or after a time, oldest first. */
  takeSince(time: number): SentChunk[] {
    const chunks = this.#chunks.filter((chunk) => chunk.at >= time);
    this.#chunks = [];
    this.#bytes = 0;
    return chunks;
  }
}
