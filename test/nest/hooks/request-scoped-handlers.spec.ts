/** What test/packed/transports.spec.ts does not show of the real classes, on a class that is built like them. */
import 'reflect-metadata';
import { afterEach, describe, expect, it } from 'vitest';
import { currentScope, type LogScope } from '../../../lib/logging';
import { hookRequestScopedHandlers, takeWaiting } from '../../../lib/nest/hooks/request-scoped-handlers';
import { unwrapAll } from '../../../lib/nest/hooks/wrap-method';
import type { RequestLogOptions } from '../../../lib/nest/logging.options';
import { liveApplication, noTransport } from './live-modules';

type Handle = ((...args: unknown[]) => unknown) & { next?: unknown };

class Orders {
  find(): string {
    return 'found';
  }
}

/** As Nest's: its handler creates an instance for each message, and hands the Error to a filter where it cannot. */
function controllerClass(make: () => unknown, handled: unknown[]) {
  return class Controller {
    readonly container: { getModules: () => object };
    readonly exceptionFiltersContext = {
      create: () => ({ handle: (error: unknown) => handled.push(error, currentScope()?.error) }),
    };

    constructor(modules: object) {
      this.container = { getModules: () => modules };
    }

    createRequestScopedHandler(..._args: unknown[]): Handle {
      const inner: Handle = async () => {
        try {
          return [make(), inner.next];
        } catch (error) {
          return this.exceptionFiltersContext.create().handle(error);
        }
      };
      return inner;
    }
  };
}

function handlerOf(
  make: () => unknown,
  { logIfErrors = {}, handled = [] }: { logIfErrors?: RequestLogOptions | false; handled?: unknown[] } = {},
): Handle {
  const Controller = controllerClass(make, handled);
  hookRequestScopedHandlers(Controller.prototype, noTransport, 1);
  const controller = new Controller(liveApplication(logIfErrors).modules);
  return controller.createRequestScopedHandler({ instance: new Orders() }, 'find');
}

afterEach(unwrapAll);

describe('hookRequestScopedHandlers', () => {
  it('makes the instance in the scope of the message, which the handler then takes over once', async () => {
    const handle = handlerOf(() => [currentScope(), takeWaiting(), takeWaiting()]);

    const [[current, taken, again]] = (await handle()) as [(LogScope | undefined)[]];

    expect(current).toMatchObject({ kind: 'ws', title: 'ws Orders.find', settled: true });
    expect([taken, again]).toEqual([current, undefined]);
  });

  it('marks the Error of an instance that cannot be made before a filter answers it', async () => {
    const error = new Error('broken on purpose');
    const handled: unknown[] = [];

    await handlerOf(
      () => {
        throw error;
      },
      { handled },
    )();

    expect(handled).toEqual([error, error]);
  });

  it('lets Nest chain the handlers of one event', async () => {
    const handle = handlerOf(() => 'made');
    const next = (): void => {};
    handle.next = next;

    expect(handle.next).toBe(next);
    expect(await handle()).toEqual(['made', next]);
  });

  it.each<[string, RequestLogOptions | false]>([
    ['the application has switched scopes off', false],
    ['the options exclude the message', { exclude: () => true }],
  ])('opens no scope where %s', async (_where, logIfErrors) => {
    expect(await handlerOf(() => currentScope(), { logIfErrors })()).toEqual([undefined, undefined]);
  });
});
