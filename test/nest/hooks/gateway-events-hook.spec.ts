/** The hook on classes that are built as Nest's; the real ones are hooked in test/packed. */
import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { currentScope, runInScope, type LogScope } from '../../../lib/logging';
import { hookGatewayEvents } from '../../../lib/nest/hooks/gateway-events-hook';
import { liveApplication, noTransport } from './live-modules';

type Handle = (...args: unknown[]) => unknown;

const gateway = { afterInit: () => currentScope(), handleConnection: () => currentScope() };

/** As that of Nest 11: it keeps what it was given. */
function controllerClass() {
  return class WebSocketsController {
    given: readonly unknown[] = [];
    readonly contextCreator: object;
    readonly exceptionFiltersContext = {
      create: () => ({ handle: (_error: unknown) => currentScope()?.error }),
    };

    constructor(modules: object) {
      this.contextCreator = { guardsContextCreator: { container: { getModules: () => modules } } };
    }

    subscribeEvents(...args: unknown[]): void {
      this.given = args;
    }

    createRequestScopedEventHandler(error: unknown): Handle {
      return () => this.exceptionFiltersContext.create().handle(error);
    }
  };
}

function subscribed(modules: object, ...args: unknown[]): readonly unknown[] {
  const Controller = controllerClass();
  hookGatewayEvents(Controller.prototype, noTransport);
  const controller = new Controller(modules);
  controller.subscribeEvents(...args);
  return controller.given;
}

describe('hookGatewayEvents', () => {
  it('opens scopes for the gateway that Nest 11 subscribes', () => {
    const [given, messages, server] = subscribed(liveApplication().modules, gateway, 'messages', 'server');

    const { afterInit } = given as { afterInit: () => LogScope | undefined };
    expect(afterInit()?.title).toBe('ws Object.afterInit');
    expect([messages, server]).toEqual(['messages', 'server']);
  });

  it('opens scopes for the handlers that Nest 12 has made', () => {
    const { modules } = liveApplication();
    const connect = (): unknown => currentScope();

    const given = subscribed(modules, { instance: gateway }, 'messages', 'server', connect, undefined);

    const [{ instance }, , , connected, disconnected] = given as [
      { instance: { afterInit: () => LogScope | undefined } },
      unknown,
      unknown,
      () => LogScope | undefined,
      unknown,
    ];
    expect([instance.afterInit()?.title, connected()?.title]).toEqual([
      'ws Object.afterInit',
      'ws Object.handleConnection',
    ]);
    expect(disconnected).toBeUndefined();
  });

  it('changes nothing where the application has switched scopes off', () => {
    expect(subscribed(liveApplication(false).modules, gateway, 'messages', 'server')[0]).toBe(gateway);
  });

  it('marks the Error of a gateway that cannot be made before the filters see it', () => {
    const error = new Error('broken on purpose');
    const Controller = controllerClass();
    hookGatewayEvents(Controller.prototype, noTransport);
    const handle = new Controller({}).createRequestScopedEventHandler(error);

    expect(runInScope({ flushOn: () => false }, () => handle())).toBe(error);
  });

  it('wraps once, and leaves a class alone that subscribes to nothing', () => {
    class None {}
    const Controller = controllerClass();
    hookGatewayEvents(Controller.prototype, noTransport);
    const { subscribeEvents } = Controller.prototype;

    hookGatewayEvents(Controller.prototype, noTransport);
    hookGatewayEvents(None.prototype, noTransport);

    expect(Controller.prototype.subscribeEvents).toBe(subscribeEvents);
  });
});
