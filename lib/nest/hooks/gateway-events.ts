/** The handlers of one gateway's life, each of whose calls opens a scope: `afterInit`, `handleConnection`, `handleDisconnect`. */
import { isInstance } from '../../internal/foreign';
import { contextStorage } from '../../core/record-context';
import type { LogScope } from '../../scope/log-scope';
import { awaitEnd } from '../../scope/run-in-scope';
import type { ApplicationLogs } from '../application-logs';
import { MessageRoute } from '../message-route';
import type { MessageTransport } from '../message-transports';

type Handle = (...args: unknown[]) => unknown;

/** What scopes are opened with. */
export interface GatewayScopes {
  readonly logs: ApplicationLogs;
  readonly options: LogScope['options'];
  readonly transport: MessageTransport;
}

const EVENTS = ['afterInit', 'handleConnection', 'handleDisconnect'] as const;

/** Calls it as Nest would: what it throws, and when, stays what it is. */
function runEvent(scope: LogScope, path: string, call: () => unknown): unknown {
  const end = awaitEnd(scope, { path });
  const failed = (error: unknown): never => {
    scope.fail(error);
    end();
    throw error;
  };
  let result: unknown;
  try {
    result = contextStorage.run(scope, call);
  } catch (error) {
    return failed(error);
  }
  if (isInstance(result, Promise)) {
    return result.then((value: unknown) => {
      end();
      return value;
    }, failed);
  }
  end();
  return result;
}

export class GatewayEvents {
  readonly #instance: object;
  readonly #scopes: GatewayScopes;

  constructor(instance: object, scopes: GatewayScopes) {
    this.#instance = instance;
    this.#scopes = scopes;
  }

  /** The same gateway, but that its handlers open scopes. */
  get gateway(): object {
    const own = EVENTS.filter((event) => this.#methodOf(event) !== undefined).map((event) => {
      const handle: Handle = (...args) =>
        Reflect.apply(this.#methodOf(event) as Handle, this.#instance, args);
      return [event, { value: this.#scoped(event, handle) }] as const;
    });
    return Object.create(this.#instance, Object.fromEntries(own)) as object;
  }

  /** The same handler of Nest's. The gateway may have none for the event: an instance is made for it all the same. */
  made(event: (typeof EVENTS)[number], handle: unknown): unknown {
    return typeof handle === 'function' ? this.#scoped(event, handle as Handle) : handle;
  }

  #methodOf(event: string): object | undefined {
    return Reflect.get(this.#instance, event) as object | undefined;
  }

  #scoped(event: string, handle: Handle): Handle {
    const { logs, options, transport } = this.#scopes;
    const callback = this.#methodOf(event) ?? { name: event };
    const route = new MessageRoute({ instance: this.#instance, callback }, logs, transport);
    return (...args) => {
      const scope = route.open(args, options);
      return scope === undefined ? handle(...args) : runEvent(scope, route.pattern, () => handle(...args));
    };
  }
}
