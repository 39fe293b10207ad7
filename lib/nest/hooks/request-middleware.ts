/** Gives each request of an application its scope, before any middleware, guard or body parser runs. */
import type { HttpAdapterHost } from '@nestjs/core';
import { requestMiddleware } from '../../scope/http/open';
import { logRequest } from '../../scope/http/request-record';
import type { ApplicationLogs } from '../application-logs';
import { nest } from '../nest';
import { addFastifyHooks } from './fastify-hooks';

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
 * Mounts the application's first middleware, or on Fastify its first hook. `init$` replays, so that this works with
 * NestFactory, where the adapter is there before the modules, and with the Test module, where it comes after them.
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
