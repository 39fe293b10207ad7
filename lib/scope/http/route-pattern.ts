/** The pattern of the route that answered a request, such as `/orders/:id`. */
import { types } from 'node:util';
import { isArray, readProperty } from '../../internal/foreign';

/** Set on the request of Node by whoever knows better than Express's `route`. */
const ROUTED = Symbol('nestjs-hindsight/route');

export interface RoutedRequest {
  readonly baseUrl?: string;
  readonly route?: unknown;
  /** False where no route answers; the request of Fastify, which knows its route. */
  [ROUTED]?: object | false;
}

/** No route answers, although a middleware had one. */
export function setNoRoute(request: object): void {
  (request as RoutedRequest)[ROUTED] = false;
}

/** Fastify's own request, which knows its route, for the request of Node. */
export function setFastifyRequest(request: object, fastifyRequest: object): void {
  (request as RoutedRequest)[ROUTED] = fastifyRequest;
}

function fastifyPattern(request: object): string | undefined {
  const pattern = readProperty(readProperty(request, 'routeOptions'), 'url');
  return typeof pattern === 'string' && readProperty(request, 'is404') !== true ? pattern : undefined;
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
  const routed = request[ROUTED];
  if (routed === false) return undefined;
  if (routed !== undefined) return fastifyPattern(routed);
  const { baseUrl = '', route } = request;
  try {
    const pattern = patternOf(readProperty(route, 'path'), path.slice(baseUrl.length) || '/');
    return pattern === undefined ? undefined : baseUrl + pattern;
  } catch {
    // A pattern of a router that is not known here.
    return undefined;
  }
}
