/** The pattern of the route that answered a request, such as `/orders/:id`. */
import { types } from 'node:util';
import { isArray, readProperty } from '../internal/foreign';

/** Set on the request of Node by whoever knows better than Express's `route`; false where no route answered. */
const PATTERN = Symbol('nestjs-hindsight/route-pattern');

export interface RoutedRequest {
  readonly baseUrl?: string;
  readonly route?: unknown;
  [PATTERN]?: string | false;
}

/** Notes the pattern of the route that answers; false where none does, although a middleware had one. */
export function setRoutePattern(request: object, pattern: string | false): void {
  (request as RoutedRequest)[PATTERN] = pattern;
}

/** Of the two routers of Express: `:name`, `*` and `*name`, and what is optional in braces or before a question mark. */
function matches(pattern: string, path: string): boolean {
  const source = pattern
    .replaceAll(/[.+^$()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/\/:\w+\?/g, '(?:/[^/]+)?')
    .replaceAll(/:\w+/g, '[^/]+')
    .replaceAll(/\*\w*/g, '.*')
    .replaceAll('{', '(?:')
    .replaceAll('}', ')?');
  return new RegExp(`^${source}/?$`, 'i').test(path);
}

/** The one of several patterns that the path has; all of them where that cannot be told. */
function patternOf(paths: unknown, path: string): string | undefined {
  if (typeof paths === 'string') return paths;
  if (types.isRegExp(paths)) return String(paths);
  if (!isArray(paths)) return undefined;
  const texts = paths.map(String);
  return (
    paths.find((one): one is string => typeof one === 'string' && matches(one, path)) ?? texts.join(', ')
  );
}

/**
 * @param path - of the request, with the mount point of its router
 * @returns undefined where no route answered, or the framework does not tell
 */
export function routePattern(request: RoutedRequest, path: string): string | undefined {
  const noted = request[PATTERN];
  if (noted !== undefined) return noted === false ? undefined : noted;
  const { baseUrl = '', route } = request;
  try {
    const pattern = patternOf(readProperty(route, 'path'), path.slice(baseUrl.length) || '/');
    return pattern === undefined ? undefined : baseUrl + pattern;
  } catch {
    // A pattern of a router that is not known here.
    return undefined;
  }
}
