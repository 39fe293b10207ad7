/** Checks of a run and tables of its figures, printed for people. */

export class Claims {
  #list = [];

  /** Checks that two numbers are equal. */
  same(what, value, expected) {
    this.#list.push({ what, holds: value === expected, text: `${value}, expected ${expected}` });
  }

  /** Checks that a number is not above a limit. */
  most(what, value, limit) {
    this.#list.push({ what, holds: value <= limit, text: `${short(value)}, at most ${short(limit)}` });
  }

  get failed() {
    return this.#list.some(({ holds }) => !holds);
  }

  toString() {
    return this.#list
      .map(({ what, holds, text }) => `  ${holds ? 'ok    ' : 'FAILED'} ${what}: ${text}`)
      .join('\n');
  }
}

export function short(value) {
  return String(Number(value.toFixed(value >= 100 ? 0 : 2)));
}

export const mib = (bytes) => bytes / 2 ** 20;

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** `rows`: lists of cells; the first row is the heading. */
export function table(rows) {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? short(cell) : cell)));
  const widths = cells[0].map((_, i) => Math.max(...cells.map((row) => row[i].length)));
  return cells
    .map(
      (row) =>
        `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ')}`,
    )
    .join('\n');
}
