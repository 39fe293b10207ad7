/** Reads the tagged values of the golden vectors, which keep the types of Python that JSON does not have. */

type Tagged = Readonly<Record<string, unknown>>;

function untagObject(value: Tagged): unknown {
  if (Array.isArray(value['$dict'])) {
    const entries = value['$dict'] as readonly (readonly [unknown, unknown])[];
    return Object.fromEntries(entries.map(([key, item]) => [String(untag(key)), untag(item)]));
  }
  if (Array.isArray(value['$tuple'])) return value['$tuple'].map(untag);
  if (typeof value['$float'] === 'string') return Number(value['$float'].replace('inf', 'Infinity'));
  if (typeof value['$int'] === 'string') return BigInt(value['$int']);
  if (Array.isArray(value['$str16'])) return String.fromCharCode(...(value['$str16'] as readonly number[]));
  if (typeof value['$bytes'] === 'string') return Buffer.from(value['$bytes'], 'hex');
  return value;
}

/** Dicts become objects, tuples and lists arrays, floats numbers, big integers BigInts, bytes Buffers. */
export function untag(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(untag);
  return typeof value === 'object' && value !== null ? untagObject(value as Tagged) : value;
}
