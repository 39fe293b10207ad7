/** State of the whole process, which all installed copies of the package share. */

const KEY = Symbol.for('nestjs-hindsight/v1');

/**
 * Two installed copies of the package (of the application and of a library), perhaps of different versions, must share one
 * logger tree and one AsyncLocalStorage. So process-wide state is a property of `globalThis`, and the first copy creates it.
 *
 * A slot contains data, not instances of classes of this package, since their methods would belong to one version. It may
 * contain numbers, strings, plain objects, arrays, Map, Set, WeakMap, objects of Node, and functions with plain arguments.
 * Objects of users are only used through their public members: a handler (`handle`, `level`, `flush`, `flushSync`, `close`,
 * `describe`, `emitting`, `id`, `name`), a filter, a queue, a clock. Each copy works on the data with its own code.
 *
 * The names of slots and of the properties in them are the contract between versions. New ones may be added, but none may be
 * renamed, removed or get another meaning.
 */
export function globalState<T extends object>(name: string, create: () => T): T {
  const holder = globalThis as unknown as Record<symbol, Map<string, object> | undefined>;
  const slots = (holder[KEY] ??= new Map<string, object>());
  let slot = slots.get(name);
  if (slot === undefined) {
    slot = create();
    slots.set(name, slot);
  }
  // The type belongs to the name, since only one module creates the slot of this name.
  return slot as T;
}
