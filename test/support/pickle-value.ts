/** Converts tagged values of the vectors to decoded pickle data, and such data to a comparable form. */

type Tagged = Readonly<Record<string, unknown>>;

function untag(value: Tagged): unknown {
  if (Array.isArray(value['$dict'])) {
    const entries = value['$dict'] as readonly (readonly [unknown, unknown])[];
    return new Map(entries.map(([key, item]) => [dataOf(key), dataOf(item)]));
  }
  if (Array.isArray(value['$tuple'])) return Object.freeze(value['$tuple'].map(dataOf));
  if (Array.isArray(value['$set'])) return new Set(value['$set'].map(dataOf));
  if (Array.isArray(value['$str16'])) return String.fromCharCode(...(value['$str16'] as number[]));
  const [tag, text] = Object.entries(value)[0] ?? [];
  if (typeof text !== 'string') throw new Error(`no data: ${JSON.stringify(value)}`);
  return scalar(tag, text);
}

function scalar(tag: string | undefined, text: string): unknown {
  switch (tag) {
    case '$float':
      return Number(text.replace('inf', 'Infinity'));
    case '$int':
      return BigInt(text);
    case '$bytes':
    case '$bytearray':
      return Buffer.from(text, 'hex');
    case '$datetime':
      return text;
    default:
      throw new Error(`no data: ${tag ?? 'nothing'}`);
  }
}

/** The decoded data of a pickle of the value: dicts are Maps, tuples frozen arrays, bytes Buffers. */
export function dataOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dataOf);
  return typeof value === 'object' && value !== null ? untag(value as Tagged) : value;
}

/** Data as arrays with the name of their type, so that a tuple differs from a list and the order of a dict matters. */
export function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return [Object.isFrozen(value) ? 'tuple' : 'list', value.map(comparable)];
  if (value instanceof Map)
    return ['dict', [...value].map(([key, item]) => [comparable(key), comparable(item)])];
  if (value instanceof Set) return ['set', [...value].map(comparable)];
  if (Buffer.isBuffer(value)) return ['bytes', value.toString('hex')];
  return value;
}
