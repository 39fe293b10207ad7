/** The pattern of the route that answered a request, such as `/orders/:id`. */
import { types } from 'node:util';
import { isArray, readProperty } from '../../internal/foreign';

/** A property of Node's request that overrides Express's `route`. */
const ROUTED = Symbol('nestjs-hindsight/route');

export interface RoutedRequest {
  readonly baseUrl?: string;
  readonly route?: unknown;
  /** Fastify's request, which knows its route; false if no route answers. */
  [ROUTED]?: object | false;
}

/** Notes that no route answers, although a middleware had a `route`. */
export function setNoRoute(request: object): void {
  (request as RoutedRequest)[ROUTED] = false;
}

/** Notes Fastify's request, which knows its route, on Node's request. */
export function setFastifyRequest(request: object, fastifyRequest: object): void {
  (request as RoutedRequest)[ROUTED] = fastifyRequest;
}

function fastifyPattern(request: object): string | undefined {
  const pattern = readProperty(readProperty(request, 'routeOptions'), 'url');
  return typeof pattern === 'string' && readProperty(request, 'is404') !== true ? pattern : undefined;
}

/**
 * The source of a RegExp for a route pattern of Express or Fastify, with `:name`, `*`, `*name`, and optional parts in braces or
 * before a question mark.
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

/** Whether a path matches a route pattern, ignoring case and a slash at the end. */
export function matches(pattern: string, path: string): boolean {
  return new RegExp(`^${patternSource(pattern)}/?$`, 'i').test(path);
}

/** The pattern that matches the path, if a route has several; all of them if none matches. */
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
 * @param path - the path of the request, with the mount point of its router
 * @returns undefined if no route answered, or if the route is unknown
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
    // A router with an unknown syntax.
    return undefined;
  }
}
