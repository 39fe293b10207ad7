/** Copies an array, Map, Set or object if one of its entries must be printed in another way. */
import { keysOf, throwsMark } from '../foreign';
import { isCredentialHeader, isHeadersKey } from './header-credentials';
import { PrintedText } from './printed-text';
import { advance, type PathNode } from './redact-paths';
import { isCredentialPair, setHidden, setOwn } from './shown-object';

/** The part of PrintWalk that is needed here. */
export interface Visitor {
  readonly isText: boolean;
  readonly maxEntries: number;
  readonly roots: readonly PathNode[];
  readonly censor: string;
  readonly inHeaders: boolean;
  /** True below an Error, where characters are counted. */
  readonly inError: boolean;
  child(key: string, value: unknown, nodes: readonly PathNode[]): unknown;
  below(value: unknown, nodes: readonly PathNode[]): unknown;
  /** Whether no characters are left for more entries. */
  isFull(): boolean;
}

type Nodes = readonly PathNode[];

/** Neither an object nor a function. */
export function isSimple(value: unknown): boolean {
  return typeof value !== 'object' ? typeof value !== 'function' : value === null;
}

/** Whether simple values of this container need no check, as in most containers. */
function isHarmless(nodes: Nodes, visitor: Visitor): boolean {
  return nodes.length === 0 && !visitor.inHeaders && !visitor.inError;
}

/** Key of the mark that says how many entries are left out. It is always printed. */
const MORE = '…';

function isMark(value: unknown): boolean {
  return value instanceof PrintedText || (typeof value === 'string' && value.startsWith('… '));
}

/**
 * As many items as may be shown. The copy of a frozen array, which is a tuple in Python, is frozen. Node and others
 * list headers
 * as `[name, value, name, value]` or `[[name, value]]`, so in headers, the item after the name of a credential is a secret.
 */
export function copyArray(items: readonly unknown[], nodes: Nodes, visitor: Visitor): readonly unknown[] {
  const shown = copyItems(items, nodes, visitor);
  return shown !== items && Object.isFrozen(items) ? Object.freeze(shown) : shown;
}

function copyItems(items: readonly unknown[], nodes: Nodes, visitor: Visitor): readonly unknown[] {
  const size = Math.min(items.length, visitor.maxEntries);
  // `util.inspect` prints properties of an array too. A copy has none.
  let copy: unknown[] | undefined = visitor.isText && nodes.length > 0 ? [] : undefined;
  const isPlain = isHarmless(nodes, visitor);
  for (let i = 0; i < size; i++) {
    if (items.length > size && !Object.hasOwn(items, i)) return copySparse(items, nodes, visitor);
    const item = readItem(items, i);
    if (isPlain && isSimple(item)) {
      copy?.push(item);
      continue;
    }
    if (visitor.isFull() && !isMark(item)) {
      copy = [...(copy ?? items.slice(0, i)), new PrintedText(`… ${items.length - i} more items`)];
      return copy;
    }
    const secret = visitor.inHeaders && i % 2 === 1 && isCredentialHeader(items[i - 1]);
    const shown = secret ? visitor.censor : visitor.child(String(i), item, nodes);
    if (isChanged(item, shown)) copy ??= items.slice(0, i);
    copy?.push(shown);
  }
  const more = items.length - size;
  // The last item may be the mark of an earlier walk.
  if (more === 0 || (more === 1 && isMark(items[size]))) return copy ?? items;
  return [...(copy ?? items.slice(0, size)), new PrintedText(`… ${more} more items`)];
}

/** An array with gaps may have a length of 4 billion but only two items. */
function copySparse(items: readonly unknown[], nodes: Nodes, visitor: Visitor): readonly unknown[] {
  const copy: unknown[] = [];
  const gap = (from: number, to: number): void => {
    if (to > from) copy.push(new PrintedText(`… ${to - from} empty items`));
  };
  let next = 0;
  let shown = 0;
  for (const key of keysOf(items)) {
    const index = Number(key);
    // Other keys come after the indexes.
    if (String(index) !== key || index >= items.length || shown++ >= visitor.maxEntries) break;
    gap(next, index);
    copy.push(visitor.child(key, readItem(items, key), nodes));
    next = index + 1;
  }
  if (shown > visitor.maxEntries) copy.push(new PrintedText(`… ${items.length - next} more items`));
  else gap(next, items.length);
  return copy;
}

export function copySet(set: ReadonlySet<unknown>, nodes: Nodes, visitor: Visitor): ReadonlySet<unknown> {
  const copy = new Set<unknown>();
  let changed = visitor.isText && nodes.length > 0;
  let count = 0;
  for (const item of set) {
    if ((count >= visitor.maxEntries || visitor.isFull()) && !isMark(item)) {
      return copy.add(new PrintedText(`… ${set.size - count} more items`));
    }
    const shown = visitor.child(String(count++), item, nodes);
    if (!Object.is(shown, item)) changed = true;
    copy.add(shown);
  }
  return changed ? copy : set;
}

export function copyMap(
  map: ReadonlyMap<unknown, unknown>,
  nodes: Nodes,
  visitor: Visitor,
): ReadonlyMap<unknown, unknown> {
  const copy = new Map<unknown, unknown>();
  let changed = visitor.isText && nodes.length > 0;
  let count = 0;
  for (const [key, item] of map) {
    if ((count >= visitor.maxEntries || visitor.isFull()) && key !== MORE) {
      return copy.set(MORE, new PrintedText(`${map.size - count} more keys`));
    }
    count++;
    // A key that is an object has no name for a path, but `*` and `**` reach into it, and it is printed too.
    const name = typeof key === 'string' || typeof key === 'number' ? String(key) : '';
    const isObject = typeof key === 'object' && key !== null;
    const shownKey = isObject ? visitor.below(key, advance(nodes, name)) : key;
    const shown = visitor.child(name, item, nodes);
    if (!Object.is(shown, item) || !Object.is(shownKey, key)) changed = true;
    copy.set(shownKey, shown);
  }
  return changed ? copy : map;
}

export interface CopyOptions {
  readonly nodes: Nodes;
  readonly visitor: Visitor;
  /** Creates the empty copy. */
  readonly empty: () => object;
}

/** The keys to print. A text also shows symbols, and non-enumerable keys with `%o`. */
export function shownKeys(value: object, visitor: Visitor): readonly PropertyKey[] {
  return visitor.isText ? Reflect.ownKeys(value) : Object.keys(value);
}

/** The name of a key for paths and headers. */
export function nameOf(key: PropertyKey): string {
  return typeof key === 'symbol' ? (key.description ?? '') : String(key);
}

const GETTER = new PrintedText('[Getter]');

/** The value of a key. For a text without redaction it calls no getter, as `util.inspect`. */
export function readShown(
  value: object,
  key: PropertyKey,
  { visitor, nodes }: Pick<CopyOptions, 'visitor' | 'nodes'>,
): unknown {
  if (visitor.isText && nodes.length === 0) {
    const descriptor = Reflect.getOwnPropertyDescriptor(value, key);
    return descriptor === undefined || 'value' in descriptor ? descriptor?.value : GETTER;
  }
  return readItem(value, key);
}

/** The value of a key, or a text if reading it throws. */
function readItem(value: object, key: PropertyKey): unknown {
  try {
    return Reflect.get(value, key);
  } catch (error) {
    // The container is copied then, since printing it would throw again.
    return new PrintedText(throwsMark(error));
  }
}

function isChanged(item: unknown, shown: unknown): boolean {
  return !Object.is(shown, item) || (shown instanceof PrintedText && shown !== GETTER);
}

/** Sets a key of the copy. Leaves out `toJSON`, which was called already. */
export function setShown(
  copy: object,
  value: object,
  { key, shown }: { readonly key: PropertyKey; readonly shown: unknown },
): void {
  if (key === 'toJSON' && typeof shown === 'function') return;
  const isShown = Object.prototype.propertyIsEnumerable.call(value, key);
  (isShown ? setOwn : setHidden)(copy, key, shown);
}

/** The same object, or a copy if a value had to change. */
export function copyProperties(value: object, options: CopyOptions): object {
  const { nodes, visitor } = options;
  const keys = shownKeys(value, visitor);
  const size = Math.min(keys.length, visitor.maxEntries);
  const isPair = visitor.inHeaders && isCredentialPair(value);
  const isPlain = isHarmless(nodes, visitor);
  let copy: object | undefined;
  let at = 0;
  for (; at < size; at++) {
    const key = keys[at] ?? '';
    if (visitor.isFull() && key !== MORE) break;
    const item = readShown(value, key, options);
    if (isPlain && isSimple(item) && !(typeof item === 'string' && isHeadersKey(nameOf(key)))) {
      if (copy !== undefined) setShown(copy, value, { key, shown: item });
      continue;
    }
    const shown = isPair && key === 'value' ? visitor.censor : visitor.child(nameOf(key), item, nodes);
    if (isChanged(item, shown)) copy ??= firstOf(value, keys.slice(0, at), options);
    if (copy !== undefined) setShown(copy, value, { key, shown });
  }
  // The last key may be the mark of an earlier walk.
  if (at === keys.length || (at === keys.length - 1 && keys[at] === MORE)) return copy ?? value;
  copy ??= firstOf(value, keys.slice(0, at), options);
  setOwn(copy, MORE, new PrintedText(`${keys.length - at} more keys`));
  return copy;
}

/** A copy with the keys that did not have to change. */
function firstOf(value: object, keys: readonly PropertyKey[], options: CopyOptions): object {
  const copy = options.empty();
  for (const key of keys) setShown(copy, value, { key, shown: readShown(value, key, options) });
  return copy;
}
