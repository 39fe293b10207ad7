/** Microservices over TCP and Redis: alone, and beside HTTP with and without the application's configuration. */
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';
import * as microservices from '@nestjs/microservices';
import { LoggingModule } from 'nestjs-hindsight';
import { firstValueFrom, lastValueFrom, of } from 'rxjs';
import { brokenClass, cases, decoratedClasses, handlersOf, namesOf, OddError } from './cases.mjs';
import { observe, observeAll, seen } from './cell.mjs';

const { RpcException, Transport } = microservices;

class OddFilter {
  catch() {
    return of('answered');
  }
}
common.Catch(OddError)(OddFilter);

const kit = {
  refusal: (status, message) => new RpcException(status === undefined ? message : { status, message }),
  filter: new OddFilter(),
  payload: (...pipes) => microservices.Payload(...pipes),
  listen: (name) => microservices.MessagePattern(name),
  cases: ({ read, fail }) => ({ 'health.check': { handle: () => (read(), fail()) } }),
};

const eventKit = { ...kit, listen: (name) => microservices.EventPattern(`event.${name}`), cases: undefined };

function controllers() {
  const Orders = handlersOf(kit);
  const { throws, rejects, succeeds, observableFails, guardThrows } = cases(eventKit);
  const Events = handlersOf(eventKit, { throws, rejects, succeeds, observableFails, guardThrows });
  const PerMessage = handlersOf(
    { ...kit, listen: (name) => microservices.MessagePattern({ cmd: `scoped.${name}` }) },
    { throws, succeeds },
  );
  common.Controller()(Orders);
  common.Controller()(Events);
  common.Controller({ scope: common.Scope.REQUEST })(PerMessage);
  const Broken = brokenClass(
    { ...kit, listen: (name) => microservices.MessagePattern({ cmd: `scoped.${name}` }) },
    'cannotBeMade',
  );
  const BrokenListener = brokenClass(eventKit, 'cannotBeMade');
  for (const controller of [Broken, BrokenListener])
    common.Controller({ scope: common.Scope.REQUEST })(controller);
  const decorated = decoratedClasses(kit);
  for (const controller of decorated) common.Controller()(controller);
  return [Orders, Events, PerMessage, Broken, BrokenListener, ...decorated];
}

function httpController() {
  class Web {
    fail() {
      new common.Logger('Web').debug('reading over HTTP');
      throw new Error('no stock');
    }
  }
  common.Get('fail')(Web.prototype, 'fail', Object.getOwnPropertyDescriptor(Web.prototype, 'fail'));
  common.Controller()(Web);
  return Web;
}

export function moduleOf(metadata) {
  class App {}
  const logging = LoggingModule.forRoot({
    handlers: { seen },
    logIfErrors: { exclude: ['health', 'health.check'], maxDumpsPerSecond: false, requestRecord: false },
  });
  common.Module({ ...metadata, imports: [logging, ...(metadata.imports ?? [])] })(App);
  return App;
}

/** Asks as a client of Nest does; an answer that is an error is an answer. */
async function ask(client, name) {
  const { pattern = name, data = {}, isEvent = false } = messages[name] ?? {};
  if (isEvent) await lastValueFrom(client.emit(pattern, data), { defaultValue: undefined });
  else await firstValueFrom(client.send(pattern, data), { defaultValue: undefined }).catch(() => undefined);
}

const messages = {
  'event throws': { pattern: 'event.throws', isEvent: true },
  'event rejects': { pattern: 'event.rejects', isEvent: true },
  'event succeeds': { pattern: 'event.succeeds', isEvent: true },
  'event observableFails': { pattern: 'event.observableFails', isEvent: true },
  'event guardThrows': { pattern: 'event.guardThrows', isEvent: true },
  'event cannotBeMade': { pattern: 'event.cannotBeMade', isEvent: true },
  'scoped cannotBeMade': { pattern: { cmd: 'scoped.cannotBeMade' } },
  'scoped throws': { pattern: { cmd: 'scoped.throws' } },
  'scoped succeeds': { pattern: { cmd: 'scoped.succeeds' } },
};

async function observeClient(options) {
  const client = microservices.ClientProxyFactory.create(options);
  await client.connect();
  const found = await observeAll([...namesOf(kit), ...Object.keys(messages)], (name) => ask(client, name));
  // Nest 12 lets instrumentation send metadata along.
  client.setOnDispatchHook?.((packet) => {
    packet.metadata = { 'X-Request-Id': 'sent-along' };
  });
  found['with an id'] = await observe('throws', (name) => ask(client, name));
  await client.close();
  return found;
}

export async function tcp() {
  const options = { transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } };
  const app = await core.NestFactory.createMicroservice(moduleOf({ controllers: controllers() }), {
    ...options,
    bufferLogs: true,
  });
  await app.listen();
  const { port } = app.unwrap().address();
  const found = await observeClient({ ...options, options: { host: '127.0.0.1', port } });
  await app.close();
  return found;
}

export async function redis(port) {
  const options = { transport: Transport.REDIS, options: { host: '127.0.0.1', port } };
  const app = await core.NestFactory.createMicroservice(moduleOf({ controllers: controllers() }), {
    ...options,
    bufferLogs: true,
  });
  await app.listen();
  const found = await observeClient(options);
  await app.close();
  return found;
}

export async function hybrid(inheritAppConfig) {
  const options = { transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } };
  const metadata = { controllers: [...controllers(), httpController()] };
  const app = await core.NestFactory.create(moduleOf(metadata), { bufferLogs: true });
  const microservice = app.connectMicroservice(options, { inheritAppConfig });
  await app.startAllMicroservices();
  await app.listen(0, '127.0.0.1');
  const { port } = microservice.unwrap().address();
  const found = await observeClient({ ...options, options: { host: '127.0.0.1', port } });
  const url = await app.getUrl();
  found['over HTTP'] = await observe('fail', async (path) => (await fetch(`${url}/${path}`)).text());
  await app.close();
  return found;
}
