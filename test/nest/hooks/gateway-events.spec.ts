import 'reflect-metadata';
import { afterEach, describe, expect, it } from 'vitest';
import { currentScope, runInScope, type LogScope } from '../../../lib/logging';
import { GatewayEvents, hookGatewayEvents } from '../../../lib/nest/hooks/gateway-events';
import { unwrapAll } from '../../../lib/nest/hooks/wrap-method';
import type { RequestLogOptions } from '../../../lib/nest/logging.options';
import { liveApplication, noTransport } from './live-modules';

const broken = new Error('broken on purpose');

interface Gateway {
  afterInit?(server: unknown): unknown;
  handleConnection?(client: unknown): unknown;
  handleDisconnect?(client: unknown): unknown;
}

class Base {
  readonly name = 'the gateway';
}

function eventsOf(
  methods: Gateway,
  options: RequestLogOptions = {},
): { events: GatewayEvents; gateway: Gateway } {
  const { logs, options: compiled } = liveApplication(options);
  if (compiled === undefined) throw new Error('scopes are switched off');
  const instance = Object.assign(new Base(), methods);
  const events = new GatewayEvents(instance, { logs, options: compiled, transport: noTransport });
  return { events, gateway: events.gateway };
}

describe('GatewayEvents', () => {
  it('calls a handler in a scope, with its own this and arguments, and settles it', () => {
    const { gateway } = eventsOf({
      handleConnection(this: Base, client) {
        return [this.name, client, currentScope()];
      },
    });

    expect(gateway.handleConnection?.('client')).toEqual([
      'the gateway',
      'client',
      expect.objectContaining({ kind: 'ws', title: 'ws Base.handleConnection', settled: true }),
    ]);
  });

  it('marks the Error of one that throws, which is thrown on', () => {
    let scope: LogScope | undefined;
    const { gateway } = eventsOf({
      handleDisconnect: () => {
        scope = currentScope();
        throw broken;
      },
    });

    expect(() => gateway.handleDisconnect?.('client')).toThrow(broken);
    expect([scope?.error, scope?.settled]).toEqual([broken, true]);
  });

  it('marks the Error of one that rejects, which goes on to whoever awaits it', async () => {
    let scope: LogScope | undefined;
    const { gateway } = eventsOf({
      handleDisconnect: async () => {
        scope = currentScope();
        throw broken;
      },
    });

    await expect(gateway.handleDisconnect?.('client')).rejects.toBe(broken);
    expect([scope?.error, scope?.settled]).toEqual([broken, true]);
  });

  it('settles when an asynchronous handler has ended, not before', async () => {
    let scope: LogScope | undefined;
    const { gateway } = eventsOf({
      handleConnection: async () => {
        scope = currentScope();
        await new Promise(setImmediate);
        return scope?.settled;
      },
    });

    expect(await gateway.handleConnection?.('client')).toBe(false);
    expect(scope?.settled).toBe(true);
  });

  it('has no handler that the gateway has not, and opens no scope where the options exclude it', () => {
    const { gateway } = eventsOf({ afterInit: () => currentScope() }, { exclude: ['Base.afterInit'] });

    expect([gateway.handleConnection, gateway.afterInit?.('server')]).toEqual([undefined, undefined]);
  });

  it('opens a scope for a handler that Nest has made, also of a gateway without a method', () => {
    const { events } = eventsOf({});

    const handle = events.made('handleConnection', () => currentScope()) as () => LogScope | undefined;

    expect(handle()?.title).toBe('ws Base.handleConnection');
    expect(events.made('handleDisconnect', undefined)).toBeUndefined();
  });
});

/** As Nest's, for what test/packed/transports.spec.ts does not show of the real one. */
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

    createRequestScopedEventHandler(error: unknown): () => unknown {
      return () => this.exceptionFiltersContext.create().handle(error);
    }
  };
}

afterEach(unwrapAll);

describe('hookGatewayEvents', () => {
  it('marks the Error of a gateway that cannot be made before a filter answers it', () => {
    const Controller = controllerClass();
    hookGatewayEvents(Controller.prototype, noTransport);
    const handle = new Controller({}).createRequestScopedEventHandler(broken);

    expect(runInScope({ flushOn: () => false }, () => handle())).toBe(broken);
  });

  it('hands over the same gateway where the application has switched scopes off', () => {
    const Controller = controllerClass();
    hookGatewayEvents(Controller.prototype, noTransport);
    const controller = new Controller(liveApplication(false).modules);
    const gateway = { afterInit: () => currentScope() };

    controller.subscribeEvents(gateway, 'messages', 'server');

    expect(controller.given).toEqual([gateway, 'messages', 'server']);
    expect(controller.given[0]).toBe(gateway);
  });
});
