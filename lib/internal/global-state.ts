/** The one place where the package keeps state of the whole process. */

const KEY = Symbol.for('nestjs-hindsight/v1');

/**
 * Two installed copies of the package (an app's and a library's), perhaps of different versions, must share one logger
 * tree and one AsyncLocalStorage, so whatever is process-wide hangs on `globalThis` and the first copy creates it.
 *
 * A slot holds data, never an object of a class of this package: its methods would be those of one version, and every other
 * version would have to be content with them for ever. So a slot is made of numbers, texts, plain objects, arrays, Map, Set,
 * WeakMap, objects of Node, and functions that are called with plain arguments. What users put in stands there by what is
 * public of it: a handler (`handle`, `level`, `flush`, `flushSync`, `close`, `describe`, `emitting`, `id`, `name`), a
 * filter, a queue, a clock. Each copy works on the data with its own code.
 *
 * The names of slots, and the properties of what is in them, are the contract between versions: one may be added, and none
 * may be renamed, removed or given another meaning.
 */
export function globalState<T extends object>(name: string, create: () => T): T {
  const holder = globalThis as unknown as Record<symbol, Map<string, object> | undefined>;
  const slots = (holder[KEY] ??= new Map<string, object>());
  let slot = slots.get(name);
  if (slot === undefined) {
    slot = create();
    slots.set(name, slot);
  }
  // The name is the type's key: a slot is only ever created by the module that owns the name.
  return slot as T;
}
