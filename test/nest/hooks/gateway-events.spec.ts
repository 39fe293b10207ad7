/** What test/packed/transports.spec.ts does not show with the real WebSocketsController. */
import 'reflect-metadata';
import { afterEach, describe, expect, it } from 'vitest';
import { currentScope, type LogScope } from '../../../lib/logging';
import type { RequestLogOptions } from '../../../lib/nest/application/options';
import { GatewayEvents, hookGatewayEvents } from '../../../lib/nest/hooks/gateway-events';
import { unwrapAll } from '../../../lib/nest/hooks/wrap-method';
import { liveApplication, testTransport as transport } from '../../support/live-application';

interface Gateway {
  afterInit?(server: unknown): unknown;
  handleConnection?(client: unknown): unknown;
}

class Base {
  readonly name = 'the gateway';
}

function eventsOf(
  methods: Gateway,
  logIfErrors: RequestLogOptions = {},
): { events: GatewayEvents; gateway: Gateway } {
  const { logs, options } = liveApplication(logIfErrors);
  if (options === undefined) throw new Error('scopes are switched off');
  const instance = Object.assign(new Base(), methods);
  const events = new GatewayEvents(instance, { logs, options, transport });
  return { events, gateway: events.gateway };
}

afterEach(unwrapAll);

describe('GatewayEvents', () => {
  it('calls a method in a scope, with its own this and arguments, and settles the scope', () => {
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

  it('adds no methods, and opens no scope for an excluded method', () => {
    const { gateway } = eventsOf({ afterInit: () => currentScope() }, { exclude: ['Base.afterInit'] });

    expect([gateway.handleConnection, gateway.afterInit?.('server')]).toEqual([undefined, undefined]);
  });

  it('opens a scope for a handler that Nest has created, even if the gateway has no method for the event', () => {
    const { events } = eventsOf({});

    const handle = events.scopedHandler('handleConnection', () => currentScope()) as () => LogScope;

    expect(handle().title).toBe('ws Base.handleConnection');
    expect(events.scopedHandler('handleDisconnect', undefined)).toBeUndefined();
  });
});

describe('hookGatewayEvents', () => {
  it('passes the gateway itself on if scopes are switched off', () => {
    class Controller {
      readonly contextCreator: object;
      args: readonly unknown[] = [];

      constructor(modules: object) {
        this.contextCreator = { guardsContextCreator: { container: { getModules: () => modules } } };
      }

      subscribeEvents(...args: unknown[]): void {
        this.args = args;
      }
    }
    hookGatewayEvents(Controller.prototype, transport);
    const controller = new Controller(liveApplication(false).modules);
    const gateway = { afterInit: () => currentScope() };

    controller.subscribeEvents(gateway, 'messages', 'server');

    expect(controller.args).toEqual([gateway, 'messages', 'server']);
    expect(controller.args[0]).toBe(gateway);
  });
});
