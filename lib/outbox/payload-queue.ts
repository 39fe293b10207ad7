/** A first-in, first-out queue that counts its bytes. It is a ring, so taking from it costs the same at any length. */

/** Payloads that were taken out together. A place is a payload's number in the order of arrival. */
export interface Batch<T> {
  readonly payloads: T[];
  readonly sizes: number[];
  readonly places: number[];
}

const FIRST_CAPACITY = 16;

export class PayloadQueue<T> {
  #payloads: (T | undefined)[] = Array.from({ length: FIRST_CAPACITY });
  #sizes: number[] = Array.from({ length: FIRST_CAPACITY }, () => 0);
  #places: number[] = Array.from({ length: FIRST_CAPACITY }, () => 0);
  #head = 0;
  #length = 0;
  #bytes = 0;

  get length(): number {
    return this.#length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The place of the oldest payload; undefined if the queue is empty. */
  get firstPlace(): number | undefined {
    return this.#length === 0 ? undefined : this.#places[this.#head];
  }

  push(payload: T, size: number, place: number): void {
    if (this.#length === this.#payloads.length) this.#grow();
    this.#length++;
    this.#set(this.#index(this.#length - 1), { payload, size, place });
  }

  /** Removes the oldest payload. The queue must not be empty. */
  dropOldest(): void {
    this.#bytes -= this.#sizes[this.#head] ?? 0;
    this.#payloads[this.#head] = undefined;
    this.#head = this.#index(1);
    this.#length--;
  }

  /** Takes out the oldest payloads up to both limits, at least one if there is any. */
  take(maxCount: number, maxBytes: number): Batch<T> {
    const batch: Batch<T> = { payloads: [], sizes: [], places: [] };
    let bytes = 0;
    while (this.#length > 0 && batch.payloads.length < maxCount) {
      const size = this.#sizes[this.#head] ?? 0;
      if (batch.payloads.length > 0 && bytes + size > maxBytes) break;
      bytes += size;
      batch.payloads.push(this.#payloads[this.#head] as T);
      batch.sizes.push(size);
      batch.places.push(this.#places[this.#head] ?? 0);
      this.dropOldest();
    }
    return batch;
  }

  /** Puts a batch back to the front, without its first `skip` payloads. */
  putBack(batch: Batch<T>, skip: number): void {
    for (let at = batch.payloads.length - 1; at >= skip; at--) {
      if (this.#length === this.#payloads.length) this.#grow();
      this.#head = this.#index(-1);
      this.#length++;
      const entry = {
        payload: batch.payloads[at] as T,
        size: batch.sizes[at] ?? 0,
        place: batch.places[at] ?? 0,
      };
      this.#set(this.#head, entry);
    }
  }

  #set(index: number, entry: { readonly payload: T; readonly size: number; readonly place: number }): void {
    this.#payloads[index] = entry.payload;
    this.#sizes[index] = entry.size;
    this.#places[index] = entry.place;
    this.#bytes += entry.size;
  }

  #index(offset: number): number {
    // The capacity is a power of two.
    return (this.#head + offset) & (this.#payloads.length - 1);
  }

  #grow(): void {
    const unroll = <V>(ring: readonly V[], filler: V): V[] => [
      ...ring.slice(this.#head),
      ...ring.slice(0, this.#head),
      ...Array.from({ length: ring.length }, () => filler),
    ];
    this.#payloads = unroll<T | undefined>(this.#payloads, undefined);
    this.#sizes = unroll(this.#sizes, 0);
    this.#places = unroll(this.#places, 0);
    this.#head = 0;
  }
}
