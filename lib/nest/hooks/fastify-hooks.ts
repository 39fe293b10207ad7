/** Opens scopes by hooks of Fastify itself, and asks Fastify for its routes and for the Errors that it handles. */
import { contextStorage } from '../../core/record-context';
import { scopeOf } from '../../scope/current';
import type { HttpRequest, HttpResponse } from '../../scope/exchange';
import { openHttpScope, requestMiddleware, type RequestMiddleware } from '../../scope/http/open';
import { setFastifyRequest } from '../../scope/http/route-pattern';
import type { ScopePlace } from '../../scope/scope';

interface FastifyRequest {
  readonly raw: HttpRequest;
}

interface FastifyReply {
  readonly raw: HttpResponse;
}

type RequestHook = (request: FastifyRequest, reply: FastifyReply, done: () => void) => void;
// oxlint-disable-next-line max-params -- Fastify calls it with four
type ErrorHook = (request: FastifyRequest, reply: FastifyReply, error: unknown, done: () => void) => void;
type RouteHook = (route: { readonly url: string }) => void;
type RegisterHook = (instance: Fastify) => void;

interface Fastify {
  addHook(name: 'onRequest', hook: RequestHook): unknown;
  addHook(name: 'onRoute', hook: RouteHook): unknown;
  addHook(name: 'onError', hook: ErrorHook): unknown;
  addHook(name: 'onRegister', hook: RegisterHook): unknown;
  /** Of `@fastify/middie`, once it is registered. */
  use?(...args: unknown[]): unknown;
}

/** The subset of Nest's FastifyAdapter, and of the adapters of other platforms, that we need. */
interface Adapter {
  getType(): string;
  getInstance(): unknown;
}

/** What only Fastify itself sees, such as a file that cannot be opened when its stream is sent. */
// oxlint-disable-next-line max-params -- Fastify calls it with four
const noteError: ErrorHook = (request, _reply, error, done) => {
  scopeOf(request)?.fail(error);
  done();
};

/**
 * Nest registers `@fastify/middie` before the modules of an application, so middleware runs before our hook. The first call of
 * `use` therefore gets a middleware of ours in front, which opens the scope. Without middleware it costs a request nothing.
 */
function openBeforeMiddleware(instance: Fastify, middleware: RequestMiddleware): void {
  // eslint-disable-next-line typescript/unbound-method -- called with the instance's own `this`
  const { use } = instance;
  if (use === undefined) return;
  let isMounted = false;
  instance.use = function useAfterHindsight(this: Fastify, ...args) {
    if (!isMounted) use.call(this, middleware);
    isMounted = true;
    return use.apply(this, args);
  };
}

/** Patterns of the routes by adapter: Fastify has no list of them. */
const routes = new WeakMap<object, string[]>();

/** The patterns of the routes that an adapter for Fastify was given; undefined of other adapters. */
export function fastifyRoutes(adapter: object): readonly string[] | undefined {
  return routes.get(adapter);
}

/** Adds the hooks to an adapter for Fastify, before it has routes. False for other adapters, which are left alone. */
export function addFastifyHooks(adapter: Adapter, place: ScopePlace): boolean {
  if (adapter.getType() !== 'fastify') return false;
  const fastify = adapter.getInstance() as Fastify;
  const patterns: string[] = [];
  routes.set(adapter, patterns);
  fastify.addHook('onRoute', ({ url }) => void patterns.push(url));
  fastify.addHook('onRequest', (request, reply, done) => {
    const { raw } = request;
    const scope = openHttpScope(raw, reply.raw, place);
    if (scope === undefined) return done();
    setFastifyRequest(raw, request);
    contextStorage.run(scope, done);
  });
  fastify.addHook('onError', noteError);
  const middleware = requestMiddleware(place);
  openBeforeMiddleware(fastify, middleware);
  fastify.addHook('onRegister', (instance) => openBeforeMiddleware(instance, middleware));
  return true;
}
