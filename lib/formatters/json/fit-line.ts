/** Shortens a line of JSON to a maximum number of bytes: the largest values are cut first and marked. */
import { escapeJson } from '../../internal/control-characters';
import { cutText } from '../../internal/print/printed-text';

/** Bytes that every value may keep: enough for a short value, or for the mark of a cut value. */
const LEAST = 48;
/** Bytes reserved for `"…":"123456 more keys",`. */
const MORE = 40;
const MORE_KEY = '…';
/** The mark of an earlier limit, at the end of a string. */
const CUT_BEFORE = /…\[(\d+) more characters cut\]$/;

interface Entry {
  readonly key: string;
  readonly value: unknown;
  /** Bytes of the value. */
  readonly size: number;
  /** Bytes of the key, its quotes, the colon and the comma. */
  readonly around: number;
  /** The value is never cut. */
  readonly isWhole: boolean;
}

export interface LineLimits {
  /** Maximum bytes of the line. */
  readonly maxBytes: number;
  /** Keys whose values are not cut, as long as all of them fit. */
  readonly whole: ReadonlySet<string>;
  /** Keys that are kept before all others when there are too many keys. */
  readonly first: ReadonlySet<string>;
}

function encode(value: unknown): string {
  return escapeJson(JSON.stringify(value));
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(encode(value));
}

function cutMark(bytes: number): string {
  return `[Cut: ${bytes} bytes]`;
}

function cutString(text: string, budget: number): string {
  const [mark = '', before = '0'] = CUT_BEFORE.exec(text) ?? [];
  const kept = mark === '' ? text : text.slice(0, -mark.length);
  let length = Math.floor((kept.length * (budget - LEAST + 1)) / bytesOf(text));
  for (; length > 0; length = Math.floor(length * 0.9)) {
    // Shorter in each round: escapes may make the start longer than the rest. The mark also counts earlier cuts.
    const cut = cutText(kept, length).replace(CUT_BEFORE, (_mark, count: string) => {
      return `…[${Number(count) + Number(before)} more characters cut]`;
    });
    if (bytesOf(cut) <= budget) return cut;
  }
  return cutMark(bytesOf(text));
}

/** The maximum size per value so that all values fit into `room`; smaller values keep their size. */
function waterLevel(sizes: readonly number[], room: number): number {
  let left = room;
  const ascending = sizes.toSorted((a, b) => a - b);
  for (const [at, size] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - at));
    if (size > share) return share;
    left -= size;
  }
  return Number.POSITIVE_INFINITY;
}

function leastOf({ around, size, isWhole }: Entry): number {
  return around + (isWhole ? size : Math.min(size, LEAST));
}

/** The entries that fit, in their order. Entries that must be kept are chosen first. */
function keepEntries(entries: readonly Entry[], budget: number, limits?: LineLimits): ReadonlySet<Entry> {
  const isFirst = (entry: Entry): boolean => entry.isWhole || limits?.first.has(entry.key) === true;
  const kept = new Set<Entry>();
  let left = budget - MORE;
  for (const entry of [...entries.filter(isFirst), ...entries.filter((entry) => !isFirst(entry))]) {
    const least = leastOf(entry);
    if (least > left) continue;
    left -= least;
    kept.add(entry);
  }
  return kept;
}

/** The entries cut to at most `budget` bytes; undefined if not even one entry fits. */
function fitEntries(
  entries: readonly Entry[],
  budget: number,
  limits?: LineLimits,
): { readonly shown: readonly (readonly [string, unknown])[]; readonly dropped: number } | undefined {
  const needed = entries.reduce((sum, entry) => sum + leastOf(entry), 0);
  const kept = needed <= budget ? new Set(entries) : keepEntries(entries, budget, limits);
  if (kept.size === 0) return undefined;
  const dropped = entries.length - kept.size;
  let room = budget - (dropped === 0 ? 0 : MORE);
  for (const { around, size, isWhole } of kept) room -= around + (isWhole ? size : 0);
  const cuttable = [...kept].filter(({ isWhole }) => !isWhole);
  const level = waterLevel(
    cuttable.map(({ size }) => size),
    room,
  );
  const shown = entries
    .filter((entry) => kept.has(entry))
    .map(
      ({ key, value, size, isWhole }) => [key, isWhole || size <= level ? value : fit(value, level)] as const,
    );
  return { shown, dropped };
}

/** The value, cut so that its JSON has at most `budget` bytes. */
function fit(value: unknown, budget: number): unknown {
  if (typeof value === 'string') return cutString(value, budget);
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value)) {
    return fitObject(value, budget) ?? cutMark(bytesOf(value));
  }
  const entries = value.map((item: unknown, at) => ({
    key: String(at),
    value: item,
    size: bytesOf(item),
    around: 1,
    isWhole: false,
  }));
  const fitted = fitEntries(entries, budget - 1);
  if (fitted === undefined) return cutMark(bytesOf(value));
  const items = fitted.shown.map(([, item]) => item);
  return fitted.dropped === 0 ? items : [...items, `… ${fitted.dropped} more items`];
}

function fitObject(value: object, budget: number, limits?: LineLimits): object | undefined {
  const entries = Object.entries(value).map(([key, item]: [string, unknown]) => ({
    key,
    value: item,
    size: bytesOf(item),
    // The colon and a comma.
    around: bytesOf(key) + 2,
    isWhole: limits?.whole.has(key) === true,
  }));
  // Two braces, minus the comma that the last entry does not have.
  const fitted = fitEntries(entries, budget - 1, limits);
  if (fitted === undefined) return undefined;
  const shown = Object.fromEntries(fitted.shown) as Record<string, unknown>;
  if (fitted.dropped === 0) return shown;
  const before = Number.parseInt(String(Reflect.get(value, MORE_KEY)), 10) || 0;
  return { ...shown, [MORE_KEY]: `${fitted.dropped + before} more keys` };
}

/** Shortens a line of valid JSON that is too long to at most `maxBytes` bytes. */
export function fitLine(line: string, limits: LineLimits): string {
  const record = JSON.parse(line) as Record<string, unknown>;
  const wholeBytes = Object.keys(record)
    .filter((key) => limits.whole.has(key))
    .reduce((sum, key) => sum + bytesOf(key) + 2 + bytesOf(record[key]), 0);
  // If these values take more than half of the line, they are cut like all others.
  const whole = wholeBytes > limits.maxBytes / 2 ? new Set<string>() : limits.whole;
  return encode(fitObject(record, limits.maxBytes, { ...limits, whole }) ?? {});
}
