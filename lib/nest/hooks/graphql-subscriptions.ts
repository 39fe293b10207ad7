/** Gives each GraphQL operation over WebSockets a scope, and each event of a subscription one of its own. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { diagnostics } from '../../core/diagnostics';
import { resolveBeside, resolveFrom } from '../../internal/optional-peer';
import { openMessageScope } from '../../scope/message-scope';
import type { ApplicationLogs } from '../application-logs';
import { thrownError, type OperationError } from '../graphql-errors';
import { liveApplications } from '../live-applications';
import { nest } from '../nest';
import { runMessage } from '../run-message';

const SERVICE = '@nestjs/graphql/dist/services/gql-subscription.service.js';
/** Of this copy of the package, which knows the scopes of its own applications only. */
const HOOKED = Symbol('nestjs-hindsight/subscriptions-hook');

/** What is used of GraphQL's ExecutionArgs. */
interface Operation {
  readonly document: {
    readonly definitions: readonly {
      readonly operation?: string;
      readonly name?: { readonly value: string } | undefined;
      readonly selectionSet?: {
        readonly selections: readonly { readonly name?: { readonly value: string } }[];
      };
    }[];
  };
  readonly operationName?: string | null;
}

type Execute = (operation: Operation) => unknown;

/** What is used of the package `graphql`. @internal */
export interface GraphQL {
  readonly execute: Execute;
  readonly createSourceEventStream?: (operation: Operation) => unknown;
}

/** What is used of Nest's GqlSubscriptionService. */
interface SubscriptionService {
  options: { readonly execute?: Execute; readonly subscribe?: Execute };
  initialize(): unknown;
  [HOOKED]?: true;
}

/** Such as `subscription itemAdded`: the operation's own name, or else that of its first field. */
function nameOf({ document, operationName }: Operation): string {
  const operations = document.definitions.filter(({ operation }) => operation !== undefined);
  const found = operations.find(({ name }) => name?.value === operationName) ?? operations[0];
  const name = found?.name?.value ?? found?.selectionSet?.selections[0]?.name?.value ?? '';
  return `${found?.operation ?? 'query'} ${name}`;
}

/** Runs one operation, or the answer to one event, in a scope; the Errors are in its result. */
async function inScope(operation: Operation, logs: ApplicationLogs, work: () => unknown): Promise<unknown> {
  const { scope: options } = logs.options;
  const pattern = nameOf(operation);
  const message = { kind: 'ws', pattern, headers: {} } as const;
  const scope = options && openMessageScope(message, { options, tree: logs.tree });
  if (scope === undefined) return work();
  return runMessage(scope, { path: pattern }, async () => {
    const result = await work();
    const errors = (result as { readonly errors?: readonly OperationError[] } | undefined)?.errors;
    for (const error of errors ?? []) scope.fail(thrownError(error));
    return result;
  });
}

function isStream(result: unknown): result is AsyncIterable<unknown> {
  return typeof result === 'object' && result !== null && Symbol.asyncIterator in result;
}

/**
 * What `subscribe` of GraphQL makes of the events. No generator: one that waits for an event cannot be ended, and the client
 * may leave before it comes.
 */
function answered(
  source: AsyncIterable<unknown>,
  answer: (event: () => unknown) => Promise<unknown>,
): AsyncIterableIterator<unknown> {
  const events = source[Symbol.asyncIterator]();
  const over = { done: true, value: undefined } as const;
  return {
    next: async () => {
      let event: IteratorResult<unknown>;
      try {
        event = await events.next();
      } catch (error) {
        // A filter that throws, a broker that is gone: of this the subscription ends.
        return answer(() => Promise.reject(error)) as Promise<never>;
      }
      if (event.done === true) return over;
      try {
        return { done: false, value: await answer(() => event.value) };
      } catch (error) {
        await events.return?.();
        throw error;
      }
    },
    return: async () => {
      await events.return?.();
      return over;
    },
    throw: async (error: unknown) => {
      await events.throw?.(error);
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** The same options; an `execute` or `subscribe` of the application's own stays what it is. @internal */
export function scopedOperations(
  options: SubscriptionService['options'],
  { execute, createSourceEventStream }: GraphQL,
  logs: ApplicationLogs,
): SubscriptionService['options'] {
  const run = options.execute ?? execute;
  const executeInScope: Execute = async (operation) => inScope(operation, logs, () => run(operation));
  if (createSourceEventStream === undefined || options.subscribe !== undefined)
    return { ...options, execute: executeInScope };
  const subscribe: Execute = async (operation) => {
    const source = await inScope(operation, logs, () => createSourceEventStream(operation));
    if (!isStream(source)) return source;
    return answered(source, async (event) =>
      inScope(operation, logs, async () => {
        const rootValue = await event();
        return execute({ ...operation, rootValue } as Operation);
      }),
    );
  };
  return { ...options, execute: executeInScope, subscribe };
}

/** Wraps `initialize` of a prototype, once. @internal */
export function hookSubscriptions(prototype: SubscriptionService, graphql: GraphQL): void {
  if (prototype[HOOKED] === true) return;
  prototype[HOOKED] = true;
  // eslint-disable-next-line typescript/unbound-method -- called with the service's own `this`
  const { initialize } = prototype;
  prototype.initialize = function initializeInScopes(this: SubscriptionService) {
    // It is made while its application starts, and knows nothing of it.
    const logs = liveApplications.newest;
    if (logs?.options.scope !== undefined) this.options = scopedOperations(this.options, graphql, logs);
    return initialize.call(this);
  };
}

/** Does so if the application has a module of GraphQL: to load the package for nothing would cost its start. */
export async function installSubscriptionsHook(
  modules: ReadonlyMap<string, { readonly metatype?: unknown }>,
): Promise<void> {
  const metatypes = [...modules.values()].map(({ metatype }) => metatype);
  if (!metatypes.some((type) => typeof type === 'function' && type.name === 'GraphQLModule')) return;
  try {
    const path = servicePath();
    if (path === undefined) return;
    const { loadFile } = nest();
    const { GqlSubscriptionService } = (await loadFile(path)) as {
      readonly GqlSubscriptionService: { readonly prototype: SubscriptionService };
    };
    // As the service itself finds it: a schema is of one copy of the package.
    const graphql = await loadFile(createRequire(path).resolve('graphql'));
    hookSubscriptions(GqlSubscriptionService.prototype, graphql as GraphQL);
  } catch (error) {
    diagnostics.report({ source: 'LoggingModule', what: 'GraphQL subscriptions get no scope', error });
  }
}

/** Beside Nest's core, or, where a package manager keeps them apart, where the application itself has it. */
function servicePath(): string | undefined {
  return resolveBeside('@nestjs/core', SERVICE) ?? resolveFrom(join(process.cwd(), 'package.json'), SERVICE);
}
