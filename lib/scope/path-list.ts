/** The paths that an option lists, found in the path of a request as a router finds its routes. */

/** The source of a RegExp that matches the text as it is. */
export function escapeForRegExp(text: string): string {
  return text.replaceAll(/[.+*?^$(){}|[\]\\]/g, String.raw`\$&`);
}

/** What may stand before the paths of an application's routes: known when it starts, and of each application its own. */
export interface RoutePrefix {
  /** Source of a RegExp that also matches nothing, such as `(?:/api)?(?:/v1|/v2)?`; empty where routes have no prefix. */
  source: string;
}

function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    // Not UTF-8: no route has it.
    return path;
  }
}

/** `/health` for `health`, `/health` and `/health/`; empty for the root. */
function plainPath(entry: string): string {
  const path = entry.replace(/\/+$/, '');
  return path === '' || path.startsWith('/') ? path : `/${path}`;
}

export class PathList {
  /** As they were given. */
  readonly entries: readonly (string | RegExp)[];
  readonly #paths: readonly string[];
  readonly #patterns: readonly RegExp[];
  /** Of all paths together; undefined where there are none. */
  #search: RegExp | undefined;
  /** The prefix that `#search` was made for; undefined before the first search. */
  #madeFor: string | undefined;

  constructor(entries: readonly (string | RegExp)[]) {
    this.entries = entries;
    this.#paths = entries.filter((entry) => typeof entry === 'string');
    this.#patterns = entries.filter((entry) => typeof entry !== 'string');
  }

  get isEmpty(): boolean {
    return this.entries.length === 0;
  }

  /**
   * Whether one of the paths, with everything below it, or one of the patterns has the path of a request. Paths are the
   * same in upper and lower case, with and without a slash at the end, and behind the prefix of the routes or not; `/`
   * is the root and nothing below it. Patterns see the path as it came.
   */
  hasPath(path: string, prefix: RoutePrefix): boolean {
    if (this.#madeFor !== prefix.source) this.#make(prefix.source);
    // Fastify decodes a path before it looks for its route.
    if (this.#search?.test(path.includes('%') ? decoded(path) : path) === true) return true;
    return this.#patterns.length > 0 && this.#patterns.some((pattern) => path.search(pattern) >= 0);
  }

  /** Whether one of the texts or patterns is the name of a message: exactly, or up to a slash. */
  hasName(name: string): boolean {
    return this.entries.some((entry) => {
      if (typeof entry !== 'string') return name.search(entry) >= 0;
      return name === entry || name.startsWith(entry.endsWith('/') ? entry : `${entry}/`);
    });
  }

  #make(prefix: string): void {
    this.#madeFor = prefix;
    const ways = this.#paths
      .map(plainPath)
      .map((path) => (path === '' ? '/?$' : `${escapeForRegExp(path)}(?:/|$)`));
    this.#search = ways.length === 0 ? undefined : new RegExp(`^${prefix}(?:${ways.join('|')})`, 'i');
  }
}
