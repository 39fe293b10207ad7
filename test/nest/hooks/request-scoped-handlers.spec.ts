/** The hook on a class that is built as Nest's; the real ones are hooked in test/packed. */
import 'reflect-metadata';
import { describe, expect, it, onTestFinished } from 'vitest';
import { currentScope, type LogScope } from '../../../lib/logging';
import { ApplicationLogs } from '../../../lib/nest/application-logs';
import { checkOptions } from '../../../lib/nest/check-options';
import { liveApplications } from '../../../lib/nest/live-applications';
import type { RequestLogOptions } from '../../../lib/nest/logging.options';
import { hookInstances, takeWaiting } from '../../../lib/nest/hooks/request-scoped-handlers';
import type { MessageTransport } from '../../../lib/nest/message-transports';

type Handle = ((...args: unknown[]) => unknown) & { next?: unknown };

const transport: MessageTransport = {
  kind: 'rpc',
  file: 'not loaded',
  creator: 'Creator',
  proxy: 'proxy',
  instances: { file: 'not loaded', controller: 'Controller', methodAt: 1 },
  answers: { file: 'not loaded', name: 'Server' },
  pattern: 'pattern',
  contextAt: undefined,
};

function application(logIfErrors: RequestLogOptions | false): object {
  const modules = new Map();
  const logs = liveApplications.add(
    (tree) => new ApplicationLogs(tree, checkOptions({ logIfErrors }), new Map()),
  );
  liveApplications.bind(modules, logs);
  onTestFinished(() => {
    logs.release();
    liveApplications.remove(logs);
  });
  return modules;
}

class Orders {
  find(): string {
    return 'found';
  }
}

/** What happens inside a handler of Nest: an instance is made, and what cannot be made is a filter's affair. */
function controllerClass(make: () => unknown, handled: unknown[] = []) {
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
  hookInstances(Controller.prototype, transport, 1);
  const controller = new Controller(application(logIfErrors));
  return controller.createRequestScopedHandler({ instance: new Orders() }, 'find');
}

describe('hookInstances', () => {
  it('makes the instance in the scope of the message, which the handler then takes over once', async () => {
    const handle = handlerOf(() => [currentScope(), takeWaiting(), takeWaiting()]);

    const [[current, taken, again]] = (await handle()) as [(LogScope | undefined)[]];

    expect(current).toMatchObject({ kind: 'rpc', title: 'rpc Orders.find', settled: true });
    expect([taken, again]).toEqual([current, undefined]);
  });

  it('marks the Error of an instance that cannot be made before the filters see it', async () => {
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

  it('leaves a class alone that makes no handlers, and wraps another once', () => {
    class None {}
    const Controller = controllerClass(() => 'made');
    hookInstances(None.prototype, transport, 1);
    hookInstances(Controller.prototype, transport, 1);
    const { createRequestScopedHandler } = Controller.prototype;

    hookInstances(Controller.prototype, transport, 1);

    expect(Object.getOwnPropertyNames(None.prototype)).toEqual(['constructor']);
    expect(Controller.prototype.createRequestScopedHandler).toBe(createRequestScopedHandler);
  });
});
