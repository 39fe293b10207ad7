/** In which order handlers are made: each after those it refers to. */

export interface OrderedHandler {
  readonly name: string;
  /** Names of the handlers that it needs. All of them are in the list. */
  readonly uses: readonly string[];
  /** Made as late as possible: it leaves traces when it is made. */
  readonly last: boolean;
}

/** A way round from a handler to itself, such as `['a', 'b', 'a']`; undefined if there is none. */
function findCycle(handlers: ReadonlyMap<string, OrderedHandler>): readonly string[] | undefined {
  const clear = new Set<string>();
  const walk = (name: string, path: readonly string[]): readonly string[] | undefined => {
    if (clear.has(name)) return undefined;
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    for (const used of handlers.get(name)?.uses ?? []) {
      const cycle = walk(used, [...path, name]);
      if (cycle !== undefined) return cycle;
    }
    clear.add(name);
    return undefined;
  };
  for (const name of [...handlers.keys()].toSorted()) {
    const cycle = walk(name, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/**
 * Sorts by need; among those that are ready by `last`, then by name as Python does.
 *
 * @returns the order, or the cycle that makes one impossible.
 */
export function handlerOrder(
  list: readonly OrderedHandler[],
): { readonly order: readonly string[] } | { readonly cycle: readonly string[] } {
  const handlers = new Map(list.map((handler) => [handler.name, handler]));
  const cycle = findCycle(handlers);
  if (cycle !== undefined) return { cycle };
  const order: string[] = [];
  const waiting = list.toSorted((a, b) => Number(a.last) - Number(b.last) || (a.name < b.name ? -1 : 1));
  while (waiting.length > 0) {
    const ready = waiting.findIndex(({ uses }) => uses.every((name) => order.includes(name)));
    const [next] = waiting.splice(Math.max(ready, 0), 1);
    if (next !== undefined) order.push(next.name);
  }
  return { order };
}
