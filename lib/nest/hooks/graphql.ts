/** GraphQL: opens scopes for operations over WebSockets and for subscription events, and sees the Errors of operations. */
import 'reflect-metadata';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { diagnostics } from '../../core/diagnostics';
import { resolveBeside, resolveFrom } from '../../internal/optional-peer';
import { currentScope } from '../../scope/current';
import { openMessageScope } from '../../scope/message';
import { isGraphqlRefusal } from '../../scope/refusals';
import type { ApplicationLogs } from '../application/application-logs';
import { applications } from '../application/applications';
import { handleMessage } from '../messages/message-answers';
import { nest } from '../nest';
import { wrapMethod } from './wrap-method';

/** The metadata that `@Plugin()` of `@nestjs/apollo` sets. The driver finds plugins among all providers by it. */
const PLUGIN = 'graphql:plugin';
const SERVICE = '@nestjs/graphql/dist/services/gql-subscription.service.js';

/** What we need of GraphQL's ExecutionArgs. */
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

/** What we need of the package `graphql`. @internal */
export interface GraphQL {
  readonly execute: Execute;
  readonly createSourceEventStream?: (operation: Operation) => unknown;
}

/** What we need of Nest's GqlSubscriptionService. */
interface SubscriptionService {
  options: { readonly execute?: Execute; readonly subscribe?: Execute };
  initialize(): unknown;
}

/** The subset of GraphQLError that we need. */
interface OperationError {
  readonly originalError?: unknown;
}

/** The Error that a resolver threw, which GraphQL has wrapped; or GraphQL's own Error. */
function thrownError(error: OperationError): unknown {
  return isGraphqlRefusal(error) ? error : (error.originalError ?? error);
}

const errorListener = {
  didEncounterErrors: async ({ errors }: { readonly errors: readonly OperationError[] }): Promise<void> => {
    const scope = currentScope();
    for (const error of errors) scope?.fail(thrownError(error));
  },
};

/**
 * Sees Errors of operations that no resolver of Nest threw, such as null for a non-nullable field. Only the Apollo driver
 * uses this provider.
 */
export class ApolloErrorsPlugin {
  async requestDidStart(): Promise<typeof errorListener> {
    return errorListener;
  }
}

Reflect.defineMetadata(PLUGIN, true, ApolloErrorsPlugin);

/** Such as `subscription itemAdded`: the operation's own name, else the name of its first field. */
function nameOf({ document, operationName }: Operation): string {
  const operations = document.definitions.filter(({ operation }) => operation !== undefined);
  const found = operations.find(({ name }) => name?.value === operationName) ?? operations[0];
  const name = found?.name?.value ?? found?.selectionSet?.selections[0]?.name?.value ?? '';
  return `${found?.operation ?? 'query'} ${name}`;
}

/** Runs one operation, or the execution for one event, in a scope. Its result contains its Errors. */
async function inScope(operation: Operation, logs: ApplicationLogs, work: () => unknown): Promise<unknown> {
  const { scope: options } = logs.options;
  const pattern = nameOf(operation);
  const message = { kind: 'ws', pattern, headers: {} } as const;
  const scope = options && openMessageScope(message, { options, tree: logs.tree });
  if (scope === undefined) return work();
  return handleMessage(scope, async () => {
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
 * Maps events to answers, as `subscribe` of GraphQL does. Not a generator: a generator cannot be ended while it waits for an
 * event, and the client may disconnect before the event comes.
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
        // The subscription ends: a filter has thrown, or the connection to the broker is lost.
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

/** The same options; their operations open scopes. An own `subscribe` of the application is not changed. @internal */
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

/** Wraps the method that starts the subscription servers. @internal */
export function hookSubscriptions(prototype: SubscriptionService, graphql: GraphQL): void {
  wrapMethod(prototype, 'initialize', (initialize, service, args) => {
    // The service has no reference to its application. It is created while the application starts, so it is the newest.
    const logs = applications.newest;
    if (logs?.options.scope !== undefined) service.options = scopedOperations(service.options, graphql, logs);
    return initialize.apply(service, args);
  });
}

/** Loads the package only if the application imports GraphQLModule, because loading it takes time. */
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
    // The copy that the service itself uses: a schema works with one copy of the package only.
    const graphql = await loadFile(createRequire(path).resolve('graphql'));
    hookSubscriptions(GqlSubscriptionService.prototype, graphql as GraphQL);
  } catch (error) {
    diagnostics.report({ source: 'LoggingModule', what: 'GraphQL subscriptions get no scope', error });
  }
}

/** Found from Nest's core, or, if the package manager isolates packages, from the application. */
function servicePath(): string | undefined {
  return resolveBeside('@nestjs/core', SERVICE) ?? resolveFrom(join(process.cwd(), 'package.json'), SERVICE);
}
