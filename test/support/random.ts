/** Random numbers that are the same in every run, so that failures are reproducible. */

export interface Random {
  /** From 0 to 1, excluding 1. */
  next(): number;
  /** An integer from 0 to `limit`, excluding `limit`. */
  below(limit: number): number;
}

/** Marsaglia's xorshift with 32 bits of state. */
export function randomOf(seed: number): Random {
  let state = seed | 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
  return { next, below: (limit) => Math.floor(next() * limit) };
}
