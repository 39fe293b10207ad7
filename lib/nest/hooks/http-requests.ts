/** Opens the scope of each HTTP request before any middleware, guard or body parser runs, on Express and on Fastify. */
import type { HttpAdapterHost } from '@nestjs/core';
import { contextStorage } from '../../core/record-context';
import { scopeOf } from '../../scope/current';
import type { HttpRequest, HttpResponse } from '../../scope/exchange';
import { openHttpScope, requestMiddleware, type RequestMiddleware } from '../../scope/http/open';
import { logRequest } from '../../scope/http/request-record';
import { setFastifyRequest } from '../../scope/http/route-pattern';
import type { ScopePlace } from '../../scope/scope';
import type { ApplicationLogs } from '../application/application-logs';
import { nest } from '../nest';

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
  /** Added by `@fastify/middie` when it is registered. */
  use?(...args: unknown[]): unknown;
}

/** What we need of Nest's FastifyAdapter and of the adapters of other platforms. */
interface Adapter {
  getType(): string;
  getInstance(): unknown;
}

/** Errors that only Fastify sees, such as a file that cannot be opened when its stream is sent. */
// oxlint-disable-next-line max-params -- Fastify calls it with four
const noteError: ErrorHook = (request, _reply, error, done) => {
  scopeOf(request)?.fail(error);
  done();
};

/**
 * Nest registers `@fastify/middie` before the modules of an application, so middleware runs before our hook. Therefore the
 * first call of `use` also adds our middleware, in front, which opens the scope. Applications without middleware pay nothing.
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

/** The route patterns by adapter: Fastify has no list of its routes. */
const routes = new WeakMap<object, string[]>();

/** The route patterns of a Fastify adapter; undefined for other adapters. */
export function fastifyRoutes(adapter: object): readonly string[] | undefined {
  return routes.get(adapter);
}

/** Adds the hooks to a Fastify adapter, before it has routes. Returns false for other adapters and does not change them. */
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

/** The first releases of Nest 11 have no `init$`, so the setter of the adapter is replaced until it is called. */
function whenAssigned(host: HttpAdapterHost, ready: () => void): void {
  const accessor = Object.getOwnPropertyDescriptor(nest().core.HttpAdapterHost.prototype, 'httpAdapter');
  if (host.httpAdapter !== undefined) return ready();
  Object.defineProperty(host, 'httpAdapter', {
    configurable: true,
    get: () => accessor?.get?.call(host) as unknown,
    set: (adapter: unknown) => {
      Reflect.deleteProperty(host, 'httpAdapter');
      host.httpAdapter = adapter as HttpAdapterHost['httpAdapter'];
      ready();
    },
  });
}

/**
 * Adds the application's first middleware, or on Fastify its first hook. NestFactory creates the adapter before the modules,
 * the Test module after them; `init$` replays its event, so both work.
 */
export function mountRequestHook(
  host: HttpAdapterHost,
  { options, tree, routePrefix }: ApplicationLogs,
): void {
  const { scope: scopeOptions } = options;
  if (scopeOptions === undefined) return;
  const place = { options: { ...scopeOptions, routePrefix }, tree, logEnd: logRequest };
  const mount = (): void => {
    // An application context or a microservice has no adapter.
    const adapter = host.httpAdapter as HttpAdapterHost['httpAdapter'] | null | undefined;
    if (adapter === null || adapter === undefined) return;
    if (!addFastifyHooks(adapter, place)) adapter.use(requestMiddleware(place));
  };
  if ('init$' in host) host.init$.subscribe(mount);
  else whenAssigned(host, mount);
}
