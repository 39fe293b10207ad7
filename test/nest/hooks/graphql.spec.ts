/** What test/packed/transports.spec.ts does not show with the real GraphQL. */
import 'reflect-metadata';
import { NotFoundException } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import { contextStorage } from '../../../lib/core/record-context';
import { currentScope, type LogScope } from '../../../lib/logging';
import {
  ApolloErrorsPlugin,
  hookSubscriptions,
  installSubscriptionsHook,
  scopedOperations,
  type GraphQL,
} from '../../../lib/nest/hooks/graphql';
import { unwrapAll } from '../../../lib/nest/hooks/wrap-method';
import { scopeTree } from '../../scope/scope-tree';
import { capturedStderr } from '../../support/captured-stderr';
import { liveApplication } from '../../support/live-application';

const broken = new Error('broken on purpose');

const operation = {
  document: {
    definitions: [
      { operation: 'subscription', selectionSet: { selections: [{ name: { value: 'ticks' } }] } },
      { operation: 'subscription', name: { value: 'Named' } },
    ],
  },
};

type Stream = AsyncIterableIterator<unknown>;

/** A source of events. */
function events(...values: readonly unknown[]) {
  const left = [...values];
  return {
    isEnded: false,
    async next(): Promise<IteratorResult<unknown>> {
      if (left.length === 0) return { done: true, value: undefined };
      const value = left.shift();
      if (value instanceof Error) throw value;
      return { done: false, value };
    },
    async return(): Promise<IteratorResult<unknown>> {
      this.isEnded = true;
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Its answers contain their event. `seen` gets the scope of each call. */
function graphqlOf(source: unknown, seen: (LogScope | undefined)[] = []): GraphQL {
  return {
    execute: ({ rootValue }: { rootValue?: unknown }) => {
      seen.push(currentScope());
      return rootValue === broken.message ? { errors: [{ originalError: broken }] } : { data: rootValue };
    },
    createSourceEventStream: () => {
      seen.push(currentScope());
      return source;
    },
  } as GraphQL;
}

async function subscribed(graphql: GraphQL): Promise<Stream> {
  const { subscribe } = scopedOperations({}, graphql, liveApplication().logs);
  return (await subscribe?.(operation)) as Stream;
}

describe('scopedOperations', () => {
  it('opens a scope for the start of a subscription and one for each event, and passes the answers on', async () => {
    const seen: (LogScope | undefined)[] = [];
    const results: unknown[] = [];
    for await (const result of await subscribed(graphqlOf(events('one', 'two'), seen))) results.push(result);

    expect(results).toEqual([{ data: 'one' }, { data: 'two' }]);
    expect(seen.map((scope) => [scope?.title, scope?.settled, scope?.error])).toEqual(
      Array.from({ length: 3 }, () => ['ws subscription ticks', true, undefined]),
    );
    expect(new Set(seen).size).toBe(3);
  });

  it('ends the source if the client disconnects, and if an execution throws', async () => {
    const [left, failed] = [events('one'), events('one')];
    const graphql = graphqlOf(failed);
    const execute = (): never => {
      throw broken;
    };

    await (await subscribed(graphqlOf(left))).return?.();
    await expect((await subscribed({ ...graphql, execute })).next()).rejects.toBe(broken);

    expect([left.isEnded, failed.isEnded]).toEqual([true, true]);
  });

  it('uses the name of a named operation, and opens no scope for an excluded one', async () => {
    const [seen, excluded]: (LogScope | undefined)[][] = [[], []];
    const named = { ...operation, operationName: 'Named' };
    await scopedOperations({}, graphqlOf('', seen), liveApplication().logs).execute?.(named);
    const { logs } = liveApplication({ exclude: ['subscription Named'] });
    await scopedOperations({}, graphqlOf('', excluded), logs).execute?.(named);

    expect([seen?.[0]?.title, excluded?.[0]]).toEqual(['ws subscription Named', undefined]);
  });

  it("keeps the application's own subscribe", () => {
    const subscribe = (): unknown => 'own';

    expect(scopedOperations({ subscribe }, graphqlOf(''), liveApplication().logs).subscribe).toBe(subscribe);
  });
});

function serviceClass() {
  return class GqlSubscriptionService {
    options: { readonly execute?: () => unknown } = {};

    initialize(): unknown {
      return this.options;
    }
  };
}

afterEach(unwrapAll);

describe('hookSubscriptions', () => {
  it('adds its functions to the options of the service, unless scopes are switched off', () => {
    const Service = serviceClass();
    hookSubscriptions(Service.prototype, graphqlOf(''));

    liveApplication(false);
    expect(new Service().initialize()).toEqual({});
    liveApplication();
    expect(Object.keys(new Service().initialize() as object)).toEqual(['execute', 'subscribe']);
  });
});

describe('installSubscriptionsHook', () => {
  it("does nothing without GraphQL, and with a GraphQLModule that is not Nest's", async () => {
    class GraphQLModule {}
    const stderr = capturedStderr();

    await installSubscriptionsHook(new Map([['a', {}]]));
    await installSubscriptionsHook(new Map([['a', { metatype: GraphQLModule }]]));

    expect(stderr.text).toBe('');
  });
});

interface OperationError extends Error {
  readonly originalError?: unknown;
}

/** The Error of a scope in which Apollo has reported these Errors. */
async function errorOfScope(errors: readonly OperationError[]): Promise<unknown> {
  const request = scopeTree().open({ flushOn: () => false }, { kind: 'http' });
  return contextStorage.run(request, async () => {
    const { didEncounterErrors } = await new ApolloErrorsPlugin().requestDidStart();
    await didEncounterErrors({ errors });
    return currentScope()?.error;
  });
}

describe('ApolloErrorsPlugin', () => {
  it("has the metadata by which Nest's Apollo driver finds it", () => {
    expect(Reflect.getMetadata('graphql:plugin', ApolloErrorsPlugin)).toBe(true);
  });

  it('fails the scope with the Error of the resolver, not with the one that GraphQL wraps around it', async () => {
    const originalError = new Error('no stock');

    expect(await errorOfScope([Object.assign(new Error('no stock'), { originalError })])).toBe(originalError);
  });

  it('fails the scope with an Error of GraphQL itself', async () => {
    const error = new Error('Cannot return null for non-nullable field Item.owner.');

    expect(await errorOfScope([error])).toBe(error);
  });

  it("fails the scope with a server error even if other Errors are the client's fault", async () => {
    const mistake = Object.assign(new Error('not found'), { originalError: new NotFoundException() });
    const failure = new Error('no price');

    expect(await errorOfScope([mistake, failure])).toBe(failure);
  });

  it("fails the scope with GraphQL's Error if the operation cannot be parsed", async () => {
    const extensions = { code: 'GRAPHQL_PARSE_FAILED' };
    const error = Object.assign(new Error('Syntax Error'), {
      nodes: undefined,
      positions: undefined,
      extensions,
      originalError: new Error('inside'),
    });

    expect(await errorOfScope([error])).toBe(error);
  });

  it('does nothing outside of scopes', async () => {
    const { didEncounterErrors } = await new ApolloErrorsPlugin().requestDidStart();

    await expect(
      didEncounterErrors({ errors: [{ originalError: new Error('x') }] }),
    ).resolves.toBeUndefined();
  });
});
