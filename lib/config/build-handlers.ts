/** Creates the handlers of a configuration, each after the handlers it refers to. Creates all of them or none. */
import { lstatSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Handler } from '../core/handler';
import { loggingSettings } from '../core/diagnostics';
import { closeInBackground } from './close-handler';
import type { HandlerPlan } from './handler-plan';

export interface OrderedHandler {
  readonly name: string;
  /** Names of the handlers that it needs. All of them are in the list. */
  readonly uses: readonly string[];
  /** The handler opens a file, so it is created as late as possible. */
  readonly last: boolean;
}

/** Maximum length of a chain of handlers that pass records on: each adds a nested call per record. */
const MAX_CHAIN = 100;

/** The reason why the handlers cannot be created. */
export interface OrderProblem {
  /** The names of handlers that refer to each other in a circle, such as `['a', 'b', 'a']`. */
  readonly cycle?: readonly string[];
  /** The first handler of a chain that is too long. */
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
 * Sorts handlers so that each comes after the handlers it uses; then by `last`, then by name as Python does.
 *
 * @returns the order, or the problem if there is no order.
 */
export function handlerOrder(
  list: readonly OrderedHandler[],
): { readonly order: readonly string[] } | OrderProblem {
  const handlers = new Map(list.map((handler) => [handler.name, handler]));
  const problem = findProblem(handlers);
  if (problem !== undefined) return problem;
  const sorted = list.toSorted((a, b) => Number(a.last) - Number(b.last) || (a.name < b.name ? -1 : 1));
  /** For each handler, the indexes in `sorted` of the handlers that use it. */
  const users = new Map<string, number[]>(list.map(({ name }) => [name, []]));
  for (const [place, { uses }] of sorted.entries()) for (const name of uses) users.get(name)?.push(place);
  const missing = sorted.map(({ uses }) => uses.length);
  /** Indexes of the handlers that can be created now; the next one is at the end. */
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

function sizeOf(path: string): number | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.size;
  } catch {
    // The path cannot be read, so `remove` must not delete it.
    return 0;
  }
}

/** The parent directories of a path that do not exist yet, the nearest first. */
function missingAbove(path: string): readonly string[] {
  const missing: string[] = [];
  let directory = dirname(path);
  while (directory !== dirname(directory) && sizeOf(directory) === undefined) {
    missing.push(directory);
    directory = dirname(directory);
  }
  return missing;
}

/** Files that do not exist yet, and the directories that `mkdir` would create for them. */
export class NewFiles {
  readonly #paths: readonly string[];
  /** The innermost first. */
  readonly #directories: readonly string[];

  constructor(files: readonly (string | URL)[]) {
    this.#paths = files
      .map((file) => (file instanceof URL ? fileURLToPath(file) : resolve(file)))
      .filter((path) => sizeOf(path) === undefined);
    this.#directories = [...new Set(this.#paths.flatMap(missingAbove))].toSorted(
      (a, b) => b.length - a.length,
    );
  }

  /** Removes the files and directories that exist now and are empty. */
  remove(): void {
    for (const path of this.#paths) if (sizeOf(path) === 0) rmSync(path, { force: true });
    for (const directory of this.#directories) {
      try {
        rmdirSync(directory);
      } catch {
        // It does not exist, or another program has written to it.
      }
    }
  }
}

/**
 * Creates the handlers in the given order. If one cannot be created, for example because its file cannot be opened, the
 * others are closed again, and new files are removed.
 *
 * @throws ConfigurationError naming the handler.
 */
export function buildHandlers(plans: readonly HandlerPlan[]): ReadonlyMap<string, Handler> {
  const { captureCaller } = loggingSettings;
  const made = new Map<string, Handler>();
  const files = new NewFiles(plans.map(({ file }) => file).filter((file) => file !== undefined));
  try {
    for (const plan of plans) made.set(plan.name, plan.create(made));
    for (const plan of plans) plan.start(made.get(plan.name) as Handler);
  } catch (error) {
    // A formatter that prints the caller may have enabled `captureCaller`: restore it.
    loggingSettings.captureCaller = captureCaller;
    for (const handler of [...made.values()].toReversed()) closeInBackground(handler);
    files.remove();
    throw error;
  }
  return made;
}
