/** Suggests a known word for a mistyped one. */

/** With more changes it is another word. */
const MOST_CHANGES = 2;

/** Number of inserted, omitted, replaced or swapped letters between two words. */
function changesBetween(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, replaced);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1);
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

function plain(text: string): string {
  return text.replaceAll('_', '').toLowerCase();
}

/** The known word closest to `word`, or undefined if none is close. Ignores case and underscores. */
export function closestWord(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let fewest = Math.min(MOST_CHANGES, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    // A much longer word is not a typing error.
    if (Math.abs(candidate.length - word.length) > 8) continue;
    const changes = changesBetween(plain(word), plain(candidate));
    if (changes >= fewest) continue;
    best = candidate;
    fewest = changes;
  }
  return best;
}

/** The end of a message about an unknown word: a suggestion and the known words. */
export function didYouMean(word: string, known: readonly string[]): string {
  const meant = closestWord(word, known);
  const list = known.length === 0 ? 'none' : known.toSorted().join(', ');
  return meant === undefined ? `; known are ${list}.` : `, did you mean "${meant}"? Known are ${list}.`;
}
