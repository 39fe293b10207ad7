/** What Redis answers to the commands on streams, read out of RESP 2. */

/** One entry of a stream. */
export interface Entry {
  readonly id: string;
  /** The record; undefined for an entry that is not of this package, or that was trimmed away before it was handled. */
  readonly text: string | undefined;
  /** The entry is no longer in the stream. */
  readonly trimmed: boolean;
}

/** The field of an entry that holds the record. */
export const RECORD_FIELD = 'r';

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

/** `[name, value, name, value …]`, as Redis writes maps. */
function pairs(value: unknown): ReadonlyMap<unknown, unknown> {
  const flat = list(value);
  const found = new Map<unknown, unknown>();
  for (let i = 0; i + 1 < flat.length; i += 2) found.set(flat[i], flat[i + 1]);
  return found;
}

/** `[[id, fields] …]`; the fields of an entry that was trimmed are null. */
export function entriesOf(value: unknown): Entry[] {
  return list(value).flatMap((item) => {
    const [id, fields] = list(item);
    if (typeof id !== 'string') return [];
    const text = pairs(fields).get(RECORD_FIELD);
    return [{ id, text: typeof text === 'string' ? text : undefined, trimmed: fields === null }];
  });
}

/** The answer of XREADGROUP for one stream; null is nothing. */
export function readEntries(value: unknown): Entry[] {
  const [stream] = list(value);
  return entriesOf(list(stream)[1]);
}

/** The answer of XAUTOCLAIM: the entries, and how many of those claimed were trimmed. */
export function claimedEntries(value: unknown): {
  readonly entries: Entry[];
  readonly trimmed: number;
} {
  const [, entries, trimmed] = list(value);
  return {
    entries: entriesOf(entries),
    trimmed: list(trimmed).length,
  };
}

/** The answer of XPENDING with a range: how many times each entry was handed out. */
export function deliveryCounts(value: unknown): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of list(value)) {
    const [id, , , count] = list(item);
    if (typeof id === 'string' && typeof count === 'number') counts.set(id, count);
  }
  return counts;
}

/** Id of the last entry that the group was handed, in the answer of XINFO GROUPS. */
export function lastDelivered(groups: unknown, group: string): string | undefined {
  const found = list(groups)
    .map(pairs)
    .find((one) => one.get('name') === group)
    ?.get('last-delivered-id');
  return typeof found === 'string' ? found : undefined;
}

/** Id of the last entry that the stream got, in the answer of XINFO STREAM; it may be gone. */
export function lastAdded(info: unknown): string | undefined {
  const found = pairs(info).get('last-generated-id');
  return typeof found === 'string' ? found : undefined;
}

/** The second part of an id, which counts the entries of a stream (see stream-appender.ts). */
export function countOf(id: string): number {
  return Number(id.slice(id.indexOf('-') + 1));
}

/**
 * How many entries were between two ids and are no longer there. 0 when one of them was added by somebody else, with an
 * id that does not count.
 */
export function missingBetween(before: string, after: string): number {
  return Math.max(0, countOf(after) - countOf(before) - 1);
}
