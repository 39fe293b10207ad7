/** The one place where the package keeps state of the whole process. */

const KEY = Symbol.for('nestjs-hindsight/v1');

/**
 * Two installed copies of the package (an app's and a library's) must share one logger tree and one
 * AsyncLocalStorage, so whatever is process-wide hangs on `globalThis` and the first copy creates it.
 */
export function processSlot<T extends object>(name: string, create: () => T): T {
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
