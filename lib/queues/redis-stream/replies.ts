/** Reads the replies of Redis to stream commands, in RESP 2. */

/** One entry of a stream. */
export interface Entry {
  readonly id: string;
  /** The encoded record. Undefined if the entry was trimmed or was added by another program. */
  readonly text: string | undefined;
  /** The entry is no longer in the stream. */
  readonly trimmed: boolean;
}

/** The field of an entry that contains the record. */
export const RECORD_FIELD = 'r';

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

/** A map from `[name, value, name, value …]`. */
function pairs(value: unknown): ReadonlyMap<unknown, unknown> {
  const flat = list(value);
  const found = new Map<unknown, unknown>();
  for (let i = 0; i + 1 < flat.length; i += 2) found.set(flat[i], flat[i + 1]);
  return found;
}

/** Entries from `[[id, fields] …]`. The fields of a trimmed entry are null. */
export function entriesOf(value: unknown): Entry[] {
  return list(value).flatMap((item) => {
    const [id, fields] = list(item);
    if (typeof id !== 'string') return [];
    const text = pairs(fields).get(RECORD_FIELD);
    return [{ id, text: typeof text === 'string' ? text : undefined, trimmed: fields === null }];
  });
}

/** The reply of XREADGROUP for one stream. Null means no entries. */
export function readEntries(value: unknown): Entry[] {
  const [stream] = list(value);
  return entriesOf(list(stream)[1]);
}

/** The reply of XAUTOCLAIM: the entries, and how many of the claimed ones were trimmed. */
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

/** The reply of XPENDING with a range: how many times each entry was delivered. */
export function deliveryCounts(value: unknown): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of list(value)) {
    const [id, , , count] = list(item);
    if (typeof id === 'string' && typeof count === 'number') counts.set(id, count);
  }
  return counts;
}

/** Id of the last entry that was delivered to the group, from the reply of XINFO GROUPS. */
export function lastDelivered(groups: unknown, group: string): string | undefined {
  const found = list(groups)
    .map(pairs)
    .find((one) => one.get('name') === group)
    ?.get('last-delivered-id');
  return typeof found === 'string' ? found : undefined;
}

/** Id of the last entry that was added to the stream, from the reply of XINFO STREAM. It may be trimmed already. */
export function lastAdded(info: unknown): string | undefined {
  const found = pairs(info).get('last-generated-id');
  return typeof found === 'string' ? found : undefined;
}

/** The second part of an id, which counts the entries of a stream (see stream-appender.ts). */
export function countOf(id: string): number {
  return Number(id.slice(id.indexOf('-') + 1));
}

/**
 * How many entries between two ids are missing. 0 if another program added one of the two, since its id does not contain
 * a count.
 */
export function missingBetween(before: string, after: string): number {
  return Math.max(0, countOf(after) - countOf(before) - 1);
}
