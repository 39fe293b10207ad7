/** The operations around a GraphQL that is made of functions; the real one is hooked in test/packed. */
import 'reflect-metadata';
import { afterEach, describe, expect, it } from 'vitest';
import { currentScope, type LogScope } from '../../../lib/logging';
import {
  hookSubscriptions,
  installSubscriptionsHook,
  scopedOperations,
  type GraphQL,
} from '../../../lib/nest/hooks/graphql-subscriptions';
import { unwrapAll } from '../../../lib/nest/hooks/wrap-method';
import { capturedStderr } from '../../support/captured-stderr';
import { liveApplication } from './live-modules';

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

/** One event after the other; a generator would not end while it waits. */
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

/** Answers each event with it and the scope in which that happens, and so the beginning. */
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
  it('opens a scope for the beginning of a subscription and one for each event', async () => {
    const seen: (LogScope | undefined)[] = [];
    const results: unknown[] = [];
    for await (const result of await subscribed(graphqlOf(events('one', 'two'), seen))) results.push(result);

    expect(results).toEqual([{ data: 'one' }, { data: 'two' }]);
    expect(seen.map((scope) => [scope?.title, scope?.settled, scope?.error])).toEqual(
      Array.from({ length: 3 }, () => ['ws subscription ticks', true, undefined]),
    );
    expect(new Set(seen).size).toBe(3);
  });

  it('marks the Error that is in the result of an event, and goes on', async () => {
    const seen: (LogScope | undefined)[] = [];
    const stream = await subscribed(graphqlOf(events(broken.message, 'two'), seen));

    await stream.next();

    expect(seen[1]?.error).toBe(broken);
    expect(await stream.next()).toEqual({ done: false, value: { data: 'two' } });
  });

  it('hands on what keeps a subscription from beginning', async () => {
    const seen: (LogScope | undefined)[] = [];
    const refused = { errors: [{ originalError: broken }] };

    expect(await subscribed(graphqlOf(refused, seen))).toBe(refused);
    expect(seen.map((scope) => scope?.error)).toEqual([broken]);
  });

  it('ends with the Error of a source that breaks', async () => {
    const stream = await subscribed(graphqlOf(events(broken)));

    await expect(stream.next()).rejects.toBe(broken);
  });

  it('ends the source when the client leaves, and when an answer cannot be made', async () => {
    const [left, failed] = [events('one'), events('one')];
    const graphql = graphqlOf(failed);
    const execute = (): never => {
      throw broken;
    };

    await (await subscribed(graphqlOf(left))).return?.();
    await expect((await subscribed({ ...graphql, execute })).next()).rejects.toBe(broken);

    expect([left.isEnded, failed.isEnded]).toEqual([true, true]);
  });

  it('names an operation that has a name, and leaves out what the options exclude', async () => {
    const [seen, excluded]: (LogScope | undefined)[][] = [[], []];
    const named = { ...operation, operationName: 'Named' };
    await scopedOperations({}, graphqlOf('', seen), liveApplication().logs).execute?.(named);
    const { logs } = liveApplication({ exclude: ['subscription Named'] });
    await scopedOperations({}, graphqlOf('', excluded), logs).execute?.(named);

    expect([seen?.[0]?.title, excluded?.[0]]).toEqual(['ws subscription Named', undefined]);
  });

  it('leaves a subscribe of the application’s own as it is', () => {
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
  it('gives the service of an application that opens scopes its own way to execute', () => {
    const Service = serviceClass();
    hookSubscriptions(Service.prototype, graphqlOf(''));

    liveApplication(false);
    expect(new Service().initialize()).toEqual({});
    liveApplication();
    expect(Object.keys(new Service().initialize() as object)).toEqual(['execute', 'subscribe']);
  });
});

describe('installSubscriptionsHook', () => {
  it('does nothing for an application without GraphQL, or whose GraphQL is not Nest’s', async () => {
    class GraphQLModule {}
    const stderr = capturedStderr();

    await installSubscriptionsHook(new Map([['a', {}]]));
    await installSubscriptionsHook(new Map([['a', { metatype: GraphQLModule }]]));

    expect(stderr.text).toBe('');
  });
});
