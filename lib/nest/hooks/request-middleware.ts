/** Gives each request of an application its scope, before any middleware, guard or body parser runs. */
import type { HttpAdapterHost } from '@nestjs/core';
import { contextStorage } from '../../core/record-context';
import { openHttpScope, type HttpRequest, type HttpResponse } from '../../scope/http-scope';
import type { ApplicationLogs } from '../application-logs';
import { addFastifyHooks } from './fastify-hooks';
import { nest } from '../nest';

type Hook = (request: HttpRequest, response: HttpResponse, next: () => void) => void;

function requestHook({ options, tree, routePrefix }: ApplicationLogs): Hook | undefined {
  const { scope: scopeOptions } = options;
  if (scopeOptions === undefined) return undefined;
  const init = { options: { ...scopeOptions, routePrefix }, tree };
  return function hindsightRequestHook(request, response, next): void {
    const scope = openHttpScope(request, response, init);
    if (scope === undefined) next();
    else contextStorage.run(scope, next);
  };
}

/** The first releases of Nest 11 do not tell when an adapter comes: the host's setter is watched, for this one time. */
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
 * Mounts the hook as the application's first middleware. `init$` replays, so that this works with NestFactory, where the
 * adapter is there before the modules, and with the Test module, where it comes after them.
 */
export function mountRequestHook(host: HttpAdapterHost, logs: ApplicationLogs): void {
  const hook = requestHook(logs);
  if (hook === undefined) return;
  const mount = (): void => {
    // An application context or a microservice has no adapter.
    const adapter = host.httpAdapter as HttpAdapterHost['httpAdapter'] | null | undefined;
    if (adapter === null || adapter === undefined) return;
    adapter.use(hook);
    addFastifyHooks(adapter);
  };
  if ('init$' in host) host.init$.subscribe(mount);
  else whenAssigned(host, mount);
}
