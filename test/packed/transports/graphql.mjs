/** GraphQL over HTTP, with the Apollo driver on Express 5. */
import { ApolloDriver } from '@nestjs/apollo';
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';
import * as nestGraphql from '@nestjs/graphql';
import { GraphQLError } from 'graphql';
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
  type Mutation { cancel: String place: String remove: String }`;

export async function graphql() {
  const resolvers = [handlersOf(kit), mutations(), ...decoratedClasses(kit)];
  for (const resolver of resolvers) nestGraphql.Resolver()(resolver);
  const driver = { driver: ApolloDriver, typeDefs, playground: false, path: '/graphql' };
  const app = await core.NestFactory.create(
    moduleOf({ imports: [nestGraphql.GraphQLModule.forRoot(driver)], providers: [...resolvers, Items] }),
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
  await app.close();
  return found;
}
