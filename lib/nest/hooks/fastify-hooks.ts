/**
 * What only Fastify knows: the route that it has found, and the Errors of streams that it sends, of which it tells
 * nobody but its own logger, which Nest leaves switched off.
 */
import { errorMonitor, EventEmitter } from 'node:events';
import { isInstance, readProperty } from '../../internal/foreign';
import { setRoutePattern } from '../../scope/route-pattern';
import { scopeOf } from '../../scope/scope-storage';

// oxlint-disable-next-line max-params -- Fastify calls it with four
type SendHook = (
  request: unknown,
  reply: unknown,
  payload: unknown,
  done: (error: null, payload: unknown) => void,
) => void;

/** What is used of Nest's FastifyAdapter, and of the adapters of other platforms. */
interface Adapter {
  getType(): string;
  getInstance(): unknown;
}

type RequestHook = (request: unknown, reply: unknown, done: () => void) => void;
type RouteHook = (route: { readonly url: string }) => void;

interface Fastify {
  addHook(name: 'onRequest', hook: RequestHook): unknown;
  addHook(name: 'onRoute', hook: RouteHook): unknown;
  addHook(name: 'onSend', hook: SendHook): unknown;
}

function isStream(payload: unknown): payload is EventEmitter {
  return isInstance(payload, EventEmitter) && readProperty(payload, 'pipe') !== undefined;
}

/** An answer that is written by hand passes no later hook. */
const noteRoute: RequestHook = (request, _reply, done) => {
  const raw = readProperty(request, 'raw');
  const pattern = readProperty(readProperty(request, 'routeOptions'), 'url');
  const isFound = typeof pattern === 'string' && readProperty(request, 'is404') !== true;
  if (typeof raw === 'object' && raw !== null) setRoutePattern(raw, isFound ? pattern : false);
  done();
};

// oxlint-disable-next-line max-params -- Fastify calls it with four
const watchStream: SendHook = (request, _reply, payload, done) => {
  // Only watched: a stream whose Error nobody handles still ends the process.
  if (isStream(payload)) payload.once(errorMonitor, (error) => scopeOf(request)?.fail(error));
  done(null, payload);
};

/** Patterns of the routes by adapter: Fastify has no list of them. */
const routes = new WeakMap<object, string[]>();

/** The patterns of the routes that an adapter for Fastify was given; undefined of other adapters. */
export function fastifyRoutes(adapter: object): readonly string[] | undefined {
  return routes.get(adapter);
}

/** Adds the hooks to an adapter for Fastify, before it has routes; other adapters are left alone. */
export function addFastifyHooks(adapter: Adapter): void {
  if (adapter.getType() !== 'fastify') return;
  const fastify = adapter.getInstance() as Fastify;
  const patterns: string[] = [];
  routes.set(adapter, patterns);
  fastify.addHook('onRoute', ({ url }) => void patterns.push(url));
  fastify.addHook('onRequest', noteRoute);
  fastify.addHook('onSend', watchStream);
}
