/** Follows a value along the paths of what must not be printed. */
import { advance, type PathNode } from './redact-paths';

/** Deeper or larger values are replaced as a whole: what was not looked at is not printed. */
const MAX_DEPTH = 32;
const MAX_VALUES = 50_000;

/** One walk over one value; returns the same value, or a copy of what had to change. */
export class RedactWalk {
  readonly #outer: object[] = [];
  #visited = 0;

  constructor(readonly censor: string) {}

  value(value: unknown, nodes: readonly PathNode[]): unknown {
    if (typeof value !== 'object' || value === null || nodes.length === 0) return value;
    if (this.#outer.includes(value)) return '[Circular]';
    if (this.#outer.length >= MAX_DEPTH || ++this.#visited > MAX_VALUES) return '[Too large to redact]';
    this.#outer.push(value);
    try {
      return this.#container(value, nodes);
    } catch {
      // A getter or Proxy that throws: what cannot be checked is not printed.
      return this.censor;
    } finally {
      this.#outer.pop();
    }
  }

  #container(value: object, nodes: readonly PathNode[]): unknown {
    if (value instanceof Date || ArrayBuffer.isView(value) || value instanceof RegExp) return value;
    const toJson: unknown = value instanceof Error ? undefined : Reflect.get(value, 'toJSON');
    if (typeof toJson !== 'function') return this.#entries(value, nodes);
    const shown: unknown = toJson.call(value);
    if (typeof shown !== 'object' || shown === null) return shown;
    return withoutToJson(this.#entries(shown, nodes));
  }

  #entries(value: object, nodes: readonly PathNode[]): object {
    if (Array.isArray(value)) return this.#array(value, nodes);
    if (value instanceof Map) return this.#map(value, nodes);
    if (value instanceof Set) return new Set(this.#array([...(value as Set<unknown>)], nodes));
    return this.#object(value, nodes);
  }

  /** The value to print under a key; the same one when nothing below it is secret. */
  #child(key: string, value: unknown, nodes: readonly PathNode[]): unknown {
    const reached = advance(nodes, key);
    if (reached.length === 0) return value;
    return value !== undefined && reached.some((node) => node.end) ? this.censor : this.value(value, reached);
  }

  #array(items: readonly unknown[], nodes: readonly PathNode[]): readonly unknown[] {
    let copy: unknown[] | undefined;
    for (let i = 0; i < items.length; i++) {
      const item = items[i];
      const shown = this.#child(String(i), item, nodes);
      if (shown !== item) (copy ??= [...items])[i] = shown;
    }
    return copy ?? items;
  }

  #map(map: ReadonlyMap<unknown, unknown>, nodes: readonly PathNode[]): ReadonlyMap<unknown, unknown> {
    const copy = new Map<unknown, unknown>();
    let changed = false;
    for (const [key, item] of map) {
      // No path can name a key that is an object, but `*` and `**` reach below it, and it is printed itself.
      const name = typeof key === 'string' || typeof key === 'number' ? String(key) : '';
      const shownKey = this.value(key, advance(nodes, name));
      const shown = this.#child(name, item, nodes);
      if (shown !== item || shownKey !== key) changed = true;
      copy.set(shownKey, shown);
    }
    return changed ? copy : map;
  }

  #object(value: object, nodes: readonly PathNode[]): object {
    let copy: object | undefined;
    for (const key of keysOf(value)) {
      const item: unknown = Reflect.get(value, key);
      const shown = this.#child(key, item, nodes);
      if (shown === item) continue;
      copy ??= copyOf(value);
      Object.defineProperty(copy, key, {
        value: shown,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
    return copy ?? value;
  }
}

/** An Error's cause and members are not enumerable, but they are printed. */
function keysOf(value: object): readonly string[] {
  const keys = Object.keys(value);
  if (!(value instanceof Error)) return keys;
  return [...keys, ...['cause', 'errors'].filter((key) => Object.hasOwn(value, key) && !keys.includes(key))];
}

/** What toJSON gave is not asked again: the second answer would hold what was taken out of the first. */
function withoutToJson(value: object): object {
  if (typeof Reflect.get(value, 'toJSON') !== 'function') return value;
  return Object.defineProperty(copyOf(value), 'toJSON', { value: undefined, enumerable: false });
}

/** Same class and own properties, so that an Error stays one. */
function copyOf(value: object): object {
  const prototype: unknown = Object.getPrototypeOf(value);
  const descriptors = Object.getOwnPropertyDescriptors(value);
  // A frozen value must be copied too.
  for (const descriptor of Object.values(descriptors)) {
    descriptor.configurable = true;
    if ('value' in descriptor) descriptor.writable = true;
  }
  const copy = Object.create(prototype as object | null, descriptors) as object;
  // The stack of an Error may be an accessor that answers for the original only.
  if (value instanceof Error)
    Object.defineProperty(copy, 'stack', { value: value.stack, configurable: true });
  return copy;
}
