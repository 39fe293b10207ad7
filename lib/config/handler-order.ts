/** In which order handlers are made: each after those it refers to. */

export interface OrderedHandler {
  readonly name: string;
  /** Names of the handlers that it needs. All of them are in the list. */
  readonly uses: readonly string[];
  /** Made as late as possible: it leaves traces when it is made. */
  readonly last: boolean;
}

/** Handlers that hand records on to each other: each is a call within a call, for every record. */
const MAX_CHAIN = 100;

/** Why the handlers cannot be made. */
export interface OrderProblem {
  /** A way round from a handler to itself, such as `['a', 'b', 'a']`. */
  readonly cycle?: readonly string[];
  /** The first of more handlers in a row than may be. */
  readonly chainFrom?: string;
}

function findProblem(handlers: ReadonlyMap<string, OrderedHandler>): OrderProblem | undefined {
  /** Length of the longest chain that begins at a handler. */
  const lengths = new Map<string, number>();
  const walk = (name: string, path: readonly string[]): OrderProblem | undefined => {
    if (lengths.has(name)) return undefined;
    if (path.includes(name)) return { cycle: [...path.slice(path.indexOf(name)), name] };
    let length = 1;
    for (const used of handlers.get(name)?.uses ?? []) {
      const problem = path.length < MAX_CHAIN ? walk(used, [...path, name]) : { chainFrom: path[0] ?? name };
      if (problem !== undefined) return problem;
      length = Math.max(length, 1 + (lengths.get(used) ?? 0));
    }
    lengths.set(name, length);
    return length > MAX_CHAIN ? { chainFrom: name } : undefined;
  };
  for (const name of [...handlers.keys()].toSorted()) {
    const problem = walk(name, []);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/**
 * Sorts by need; among those that are ready by `last`, then by name as Python does.
 *
 * @returns the order, or what makes one impossible.
 */
export function handlerOrder(
  list: readonly OrderedHandler[],
): { readonly order: readonly string[] } | OrderProblem {
  const handlers = new Map(list.map((handler) => [handler.name, handler]));
  const problem = findProblem(handlers);
  if (problem !== undefined) return problem;
  const sorted = list.toSorted((a, b) => Number(a.last) - Number(b.last) || (a.name < b.name ? -1 : 1));
  /** For each handler, the places in `sorted` of those that use it. */
  const users = new Map<string, number[]>(list.map(({ name }) => [name, []]));
  for (const [place, { uses }] of sorted.entries()) for (const name of uses) users.get(name)?.push(place);
  const missing = sorted.map(({ uses }) => uses.length);
  /** Those that can be made, the next one at the end. */
  const ready = [...sorted.keys()].filter((place) => missing[place] === 0).toReversed();
  const order: string[] = [];
  for (let place = ready.pop(); place !== undefined; place = ready.pop()) {
    const { name } = sorted[place] as OrderedHandler;
    order.push(name);
    for (const user of users.get(name) ?? []) {
      missing[user] = (missing[user] ?? 0) - 1;
      if (missing[user] === 0) insertDescending(ready, user);
    }
  }
  return { order };
}

function insertDescending(places: number[], place: number): void {
  let [from, to] = [0, places.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((places[middle] ?? 0) > place) from = middle + 1;
    else to = middle;
  }
  places.splice(from, 0, place);
}
