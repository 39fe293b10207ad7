/** GraphQL with the Apollo driver on Express 5: over HTTP, and over WebSockets with its subscriptions. */
import { ApolloDriver } from '@nestjs/apollo';
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';
import * as nestGraphql from '@nestjs/graphql';
import { GraphQLError } from 'graphql';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { cases, decorate, decoratedClasses, handlersOf, namesOf, OddError } from './cases.mjs';
import { observe, observeAll } from './cell.mjs';
import { moduleOf } from './rpc.mjs';

class OddFilter {
  catch() {
    return 'answered';
  }
}
common.Catch(OddError)(OddFilter);

const log = new common.Logger('Orders');

const kit = {
  refusal: (status, message) =>
    new GraphQLError(message, {
      extensions: status === undefined ? { code: 'BAD_USER_INPUT' } : { http: { status } },
    }),
  filter: new OddFilter(),
  payload: (...pipes) => nestGraphql.Args(...pipes),
  listen: (name) => nestGraphql.Query(name),
};

function mutations() {
  const { succeeds, throws, notFound } = cases(kit);
  const table = { cancel: succeeds, place: throws, remove: notFound };
  return handlersOf({ ...kit, listen: (name) => nestGraphql.Mutation(name) }, table);
}

/** An item whose fields fail each in its way. */
class Items {
  item() {
    return { id: 'not a number', name: 'spade' };
  }

  price() {
    log.debug('reading the price');
    throw new Error('no price');
  }

  maker() {
    throw new common.NotFoundException();
  }

  owner() {
    log.debug('nobody owns it');
    return null;
  }
}
decorate(Items.prototype, 'item', [nestGraphql.Query('item')]);
for (const field of ['price', 'maker', 'owner'])
  decorate(Items.prototype, field, [nestGraphql.ResolveField(field)]);
nestGraphql.Resolver('Item')(Items);

/** Two events of one name. */
async function* twice(name, value) {
  for (let i = 0; i < 2; i++) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    yield { [name]: value };
  }
}

const failing = () => {
  log.debug('reading');
  throw new Error('no stock');
};

/** Fields of subscriptions: how each is subscribed to, and the options of its decorator. */
const SUBSCRIPTIONS = {
  ticks: {
    subscribe: () => (log.debug('subscribing'), twice('ticks', 'tick')),
    options: { resolve: ({ ticks }) => (log.debug('reading'), ticks) },
  },
  cannotBegin: { subscribe: failing },
  cannotResolve: { subscribe: () => twice('cannotResolve', 'tick'), options: { resolve: failing } },
  cannotFilter: { subscribe: () => twice('cannotFilter', 'tick'), options: { filter: failing } },
  hasNoPrice: { subscribe: () => twice('hasNoPrice', { name: 'spade' }) },
  isNull: { subscribe: () => twice('isNull', null) },
  breaks: {
    async *subscribe() {
      yield { breaks: 'tick' };
      throw new Error('broker is gone');
    },
  },
  isRefused: {
    subscribe: () => {
      throw new common.NotFoundException();
    },
  },
};

class Subscriptions {}
for (const [name, { subscribe, options = {} }] of Object.entries(SUBSCRIPTIONS)) {
  Object.defineProperty(Subscriptions.prototype, name, {
    value: { [name]: () => subscribe() }[name],
    configurable: true,
    writable: true,
  });
  decorate(Subscriptions.prototype, name, [nestGraphql.Subscription(name, options)]);
}
nestGraphql.Resolver()(Subscriptions);

/** What is asked over WebSockets. */
const OVER_WEBSOCKETS = {
  'a query over WebSockets succeeds': '{ succeeds }',
  'a query over WebSockets throws': '{ throws }',
  'a subscription succeeds': 'subscription { ticks }',
  'a subscription cannot begin': 'subscription { cannotBegin }',
  'an event cannot be resolved': 'subscription { cannotResolve }',
  'an event cannot be filtered': 'subscription { cannotFilter }',
  'a field of an event throws': 'subscription { hasNoPrice { name price } }',
  'an event is null': 'subscription { isNull }',
  'a source of events breaks': 'subscription { breaks }',
  'a subscription is refused': 'subscription { isRefused }',
};

/** Asks as a client of graphql-ws does; an end that is an error is an end. */
async function askOverWebSocket(client, query) {
  await new Promise((resolve) =>
    client.subscribe({ query }, { next: () => undefined, error: resolve, complete: resolve }),
  );
}

const FIELDS = {
  'a field succeeds': '{ item { name } }',
  'a field throws': '{ item { price } }',
  'a field is not found': '{ item { maker } }',
  'a field is not found, another throws': '{ item { maker price } }',
  'a field is null': '{ item { owner } }',
  'a field cannot be written': '{ item { id } }',
  'a mutation succeeds': 'mutation { cancel }',
  'a mutation throws': 'mutation { place }',
  'a mutation is not found': 'mutation { remove }',
  'a syntax error': '{ item {',
  'an unknown field': '{ item { colour } }',
};

const typeDefs = `
  type Item { id: Int  name: String  price: Int  maker: String  owner: String! }
  type Query { item: Item ${namesOf(kit).join(': String ')}: String }
  type Mutation { cancel: String place: String remove: String }
  type Subscription { ticks: String cannotBegin: String cannotResolve: String cannotFilter: String
    hasNoPrice: Item isNull: String! breaks: String isRefused: String }`;

export async function graphql() {
  const resolvers = [handlersOf(kit), mutations(), ...decoratedClasses(kit)];
  for (const resolver of resolvers) nestGraphql.Resolver()(resolver);
  const subscriptions = { 'graphql-ws': true };
  const driver = { driver: ApolloDriver, typeDefs, playground: false, path: '/graphql', subscriptions };
  const app = await core.NestFactory.create(
    moduleOf({
      imports: [nestGraphql.GraphQLModule.forRoot(driver)],
      providers: [...resolvers, Items, Subscriptions],
    }),
    { bufferLogs: true },
  );
  await app.listen(0, '127.0.0.1');
  const url = `${await app.getUrl()}/graphql`;
  const ask = (query) => async () => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    await response.text();
  };
  const found = await observeAll(namesOf(kit), (name) => ask(`{ ${name} }`)());
  for (const [name, query] of Object.entries(FIELDS)) found[name] = await observe(name, ask(query));
  const client = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
  for (const [name, query] of Object.entries(OVER_WEBSOCKETS))
    found[name] = await observe(name, () => askOverWebSocket(client, query));
  await client.dispose();
  await app.close();
  return found;
}
