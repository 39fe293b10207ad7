/** Reads the tagged values of the golden vectors: what JSON would lose of a Python value. */

type Tagged = Readonly<Record<string, unknown>>;

function untagObject(value: Tagged): unknown {
  if (Array.isArray(value['$dict'])) {
    const entries = value['$dict'] as readonly (readonly [unknown, unknown])[];
    return Object.fromEntries(entries.map(([key, item]) => [String(untag(key)), untag(item)]));
  }
  if (Array.isArray(value['$tuple'])) return value['$tuple'].map(untag);
  if (typeof value['$float'] === 'string') return Number(value['$float'].replace('inf', 'Infinity'));
  if (typeof value['$int'] === 'string') return BigInt(value['$int']);
  return value;
}

/** Dicts become objects, tuples and lists arrays, floats numbers, big integers BigInts. */
export function untag(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(untag);
  return typeof value === 'object' && value !== null ? untagObject(value as Tagged) : value;
}
