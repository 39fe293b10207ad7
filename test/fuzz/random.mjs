/** Random numbers from a seed, and texts that often cause bugs. */

/** mulberry32 by Tommy Ettinger, seeded with the FNV-1a hash of a text. */
export function randomOf(seed) {
  let state = 0x811c9dc5;
  for (const character of seed) state = Math.imul(state ^ character.codePointAt(0), 0x01000193);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  const below = (limit) => Math.floor(next() * limit);
  /** An item of a list, or a character of a text. */
  const pick = (list) => list[below(list.length)];
  return {
    next,
    /** From 0 up to but not including `limit`. */
    below,
    pick,
    /** One of the characters, or an empty text. */
    letter: (characters) => characters.charAt(below(characters.length + 1)),
    chance: (probability) => next() < probability,
    /** Up to `most` results of `make`. */
    some: (most, make) => Array.from({ length: below(most + 1) }, (_, i) => make(i)),
  };
}

/** Pieces of text that forge lines, control terminals, break encodings or resemble syntax. */
const PIECES = [
  '\n',
  '\r\n',
  '\r',
  '\t',
  '\0',
  '\u001b[2J',
  '\u001b]0;x\u0007',
  '\u007f',
  '\u0085',
  '\u009b31m',
  '\u2028',
  '\u2029',
  '\ufeff',
  '\ufffd',
  '\ud83d',
  '\ude00',
  '😀',
  'é',
  '中',
  '"',
  "'",
  '\\',
  '\\n',
  '\\u000a',
  ']',
  '[',
  '{',
  '}',
  '=',
  ':',
  ',',
  ' ',
  '%',
  '%s',
  '%d',
  '%o',
  '%j',
  '%c',
  '$',
  '${message}',
  '<14>',
  '<14>1 - - - - - - x',
  '-',
  '__proto__',
  'constructor',
  'headers',
  'authorization',
  'a',
  'Error: ',
  'shop.orders',
  '0',
  '-1',
  '1e999',
  'null',
];

export function text(random, most = 8) {
  const kind = random.below(20);
  if (kind === 0) return random.pick(PIECES).repeat(random.pick([100, 1000, 5000]));
  if (kind === 1)
    return String.fromCharCode(...Array.from({ length: random.below(40) }, () => random.below(65_536)));
  return random.some(most, () => random.pick(PIECES)).join('');
}

/** A text as JavaScript in ASCII; repetitions are written as `repeat`. */
export function literal(value) {
  for (let size = 1; size <= 20 && value.length >= 100; size++) {
    const piece = value.slice(0, size);
    const count = value.length / size;
    if (Number.isInteger(count) && piece.repeat(count) === value) return `${literal(piece)}.repeat(${count})`;
  }
  return JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
