/** What test/packed/transports.spec.ts does not show with the real ListenersController and WebSocketsController. */
import 'reflect-metadata';
import { afterEach, describe, expect, it } from 'vitest';
import { currentScope, type LogScope } from '../../../lib/logging';
import type { RequestLogOptions } from '../../../lib/nest/application/options';
import { hookRequestScopedHandlers, takeWaiting } from '../../../lib/nest/hooks/request-scoped-handlers';
import { unwrapAll } from '../../../lib/nest/hooks/wrap-method';
import { liveApplication, testTransport } from '../../support/live-application';

type Handle = ((...args: unknown[]) => unknown) & { next?: unknown };

class Orders {
  find(): string {
    return 'found';
  }
}

/** A hooked handler that returns what `instantiate` returns, and the next handler of the event. */
function handlerOf(instantiate: () => unknown, logIfErrors: RequestLogOptions | false = {}): Handle {
  class Controller {
    readonly container: { getModules: () => object };

    constructor(modules: object) {
      this.container = { getModules: () => modules };
    }

    createRequestScopedHandler(..._args: unknown[]): Handle {
      const inner: Handle = async () => [instantiate(), inner.next];
      return inner;
    }
  }
  hookRequestScopedHandlers(Controller.prototype, testTransport, 1);
  const controller = new Controller(liveApplication(logIfErrors).modules);
  return controller.createRequestScopedHandler({ instance: new Orders() }, 'find');
}

afterEach(unwrapAll);

describe('hookRequestScopedHandlers', () => {
  it('instantiates the class in the scope of the message, which the handler takes once', async () => {
    const handle = handlerOf(() => [currentScope(), takeWaiting(), takeWaiting()]);

    const [[current, taken, again]] = (await handle()) as [(LogScope | undefined)[]];

    expect(current).toMatchObject({ kind: 'ws', title: 'ws Orders.find', settled: true });
    expect([taken, again]).toEqual([current, undefined]);
  });

  it('lets Nest chain the handlers of one event', async () => {
    const handle = handlerOf(() => 'instance');
    const next = (): void => {};
    handle.next = next;

    expect(handle.next).toBe(next);
    expect(await handle()).toEqual(['instance', next]);
  });

  it.each<[string, RequestLogOptions | false]>([
    ['scopes are switched off', false],
    ['the options exclude the message', { exclude: () => true }],
  ])('opens no scope if %s', async (_when, logIfErrors) => {
    expect(await handlerOf(() => currentScope(), logIfErrors)()).toEqual([undefined, undefined]);
  });
});
