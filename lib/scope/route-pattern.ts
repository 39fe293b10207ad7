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

/** The source of a RegExp that matches the text as it is. */
export function escapeForRegExp(text: string): string {
  return text.replaceAll(/[.+*?^$(){}|[\]\\]/g, String.raw`\$&`);
}

/**
 * The source of a RegExp for a pattern of Express's routers or Fastify's: `:name`, `*` and `*name`, and what is optional in
 * braces or before a question mark.
 */
export function patternSource(pattern: string): string {
  return pattern
    .replaceAll(/[.+^$()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/\/:\w+\?/g, '(?:/[^/]+)?')
    .replaceAll(/:\w+/g, '[^/]+')
    .replaceAll(/\*\w*/g, '.*')
    .replaceAll('{', '(?:')
    .replaceAll('}', ')?');
}

/** Whether a route with this pattern has the path, in upper or lower case and with or without a slash at the end. */
export function matches(pattern: string, path: string): boolean {
  return new RegExp(`^${patternSource(pattern)}/?$`, 'i').test(path);
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
