/** A list of paths and patterns from an option, compared with the path of a request as routers do. */

/** The source of a RegExp that matches exactly this text. */
export function escapeForRegExp(text: string): string {
  return text.replaceAll(/[.+*?^$(){}|[\]\\]/g, String.raw`\$&`);
}

/** The prefix of an application's routes. It is set when the application starts. */
export interface RoutePrefix {
  /** Source of a RegExp in which every part is optional, such as `(?:/api)?(?:/v1|/v2)?`; empty if routes have no prefix. */
  source: string;
}

function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    // Not UTF-8: no route can match it.
    return path;
  }
}

/** `/health` for `health`, `/health` and `/health/`; empty for the root. */
function plainPath(entry: string): string {
  const path = entry.replace(/\/+$/, '');
  return path === '' || path.startsWith('/') ? path : `/${path}`;
}

export class PathList {
  /** The entries as they were given. */
  readonly entries: readonly (string | RegExp)[];
  readonly #paths: readonly string[];
  readonly #patterns: readonly RegExp[];
  /** One RegExp for all paths together; undefined if there are none. */
  #search: RegExp | undefined;
  /** The prefix for which `#search` was compiled; undefined before the first search. */
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
   * Whether the path of a request is one of the paths, is below one of them, or matches one of the patterns. Paths are compared
   * without case, without a slash at the end, and with or without the prefix of the routes; `/` is only the root. Patterns are
   * tested against the original path.
   */
  hasPath(path: string, prefix: RoutePrefix): boolean {
    if (this.#madeFor !== prefix.source) this.#make(prefix.source);
    // Fastify decodes a path before it looks for its route.
    if (this.#search?.test(path.includes('%') ? decoded(path) : path) === true) return true;
    return this.#patterns.length > 0 && this.#patterns.some((pattern) => path.search(pattern) >= 0);
  }

  /** Whether the name of a message equals one of the texts, begins with one and a slash, or matches one of the patterns. */
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
