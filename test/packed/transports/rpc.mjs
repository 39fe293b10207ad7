/** Microservices over TCP and brokers: alone, and beside HTTP with and without the application's configuration. */
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';
import * as microservices from '@nestjs/microservices';
import { currentScope, LoggingModule } from 'nestjs-hindsight';
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

/** Nothing that JSON has. */
const CANNOT_BE_SENT = {
  cannotBeSent: { handle: () => (new common.Logger('Orders').debug('reading'), { total: 1n }) },
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
  const Unsendable = handlersOf(kit, CANNOT_BE_SENT);
  common.Controller()(Unsendable);
  return [Orders, Unsendable, Events, PerMessage, Broken, BrokenListener, ...decorated];
}

/** @param client - a function that returns a client of the application itself */
function httpController(client) {
  const log = new common.Logger('Web');
  class Web {
    fail() {
      log.debug('reading over HTTP');
      throw new Error('no stock');
    }

    async relay() {
      log.debug('asking itself');
      return firstValueFrom(client().send('throws', {})).catch(() => {
        throw new Error('no answer');
      });
    }
  }
  for (const path of ['fail', 'relay'])
    common.Get(path)(Web.prototype, path, Object.getOwnPropertyDescriptor(Web.prototype, path));
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

/** As a service sends them that is part of a trace. */
export const SENT = {
  'x-request-id': 'sent-along',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

/** Nest 12 lets instrumentation send metadata along, for a transport that has nothing else for it. */
const metadataOf = (headers) => (packet) => {
  packet.metadata = headers();
};

/** @param withIds - makes the data of a message that brings ids, where the transport has a place for them */
async function observeClient(options, withIds) {
  const client = microservices.ClientProxyFactory.create(options);
  await client.connect();
  const found = await observeAll([...namesOf(kit), ...Object.keys(messages)], (name) => ask(client, name));
  // Nobody answers: it must not be waited for.
  const send = (name) => void client.send(name, {}).subscribe({ error: () => undefined });
  found['cannot be sent'] = await observe('cannotBeSent', send, { fails: true });
  if (withIds === undefined) client.setOnDispatchHook?.(metadataOf(() => SENT));
  messages['with ids'] = { pattern: 'throws', data: withIds?.() };
  found['with ids'] = await observe('with ids', (name) => ask(client, name));
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

async function overBroker(options, withIds) {
  const app = await core.NestFactory.createMicroservice(moduleOf({ controllers: controllers() }), {
    ...options,
    bufferLogs: true,
  });
  await app.listen();
  const found = await observeClient(options, withIds);
  await app.close();
  return found;
}

export async function redis(port) {
  return overBroker({ transport: Transport.REDIS, options: { host: '127.0.0.1', port } });
}

export async function nats(port) {
  // Nest 12 has another package for it than Nest 11.
  const { headers } = await import('@nats-io/transport-node').catch(() => import('nats'));
  const withIds = () => {
    const sent = headers();
    for (const [name, value] of Object.entries(SENT)) sent.set(name, value);
    return new microservices.NatsRecordBuilder({}).setHeaders(sent).build();
  };
  return overBroker(
    { transport: Transport.NATS, options: { servers: [`nats://127.0.0.1:${port}`] } },
    withIds,
  );
}

export async function rabbitMq(port, queue) {
  const withIds = () => new microservices.RmqRecordBuilder({}).setOptions({ headers: SENT }).build();
  const options = { urls: [`amqp://127.0.0.1:${port}`], queue, queueOptions: { durable: false } };
  return overBroker({ transport: Transport.RMQ, options }, withIds);
}

export async function mqtt(port) {
  const withIds = () =>
    new microservices.MqttRecordBuilder({}).setProperties({ userProperties: SENT }).build();
  // Older versions have no place for them.
  const options = { url: `mqtt://127.0.0.1:${port}`, protocolVersion: 5 };
  return overBroker({ transport: Transport.MQTT, options }, withIds);
}

export async function hybrid(inheritAppConfig) {
  const options = { transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } };
  const relay = {};
  const metadata = { controllers: [...controllers(), httpController(() => relay.client)] };
  const app = await core.NestFactory.create(moduleOf(metadata), { bufferLogs: true });
  const microservice = app.connectMicroservice(options, { inheritAppConfig });
  await app.startAllMicroservices();
  await app.listen(0, '127.0.0.1');
  const { port } = microservice.unwrap().address();
  const itself = { ...options, options: { host: '127.0.0.1', port } };
  const found = await observeClient(itself);
  const url = await app.getUrl();
  const get = async (path) => (await fetch(`${url}/${path}`, { headers: SENT })).text();
  found['over HTTP'] = await observe('fail', get);
  const client = microservices.ClientProxyFactory.create(itself);
  relay.client = client;
  client.setOnDispatchHook?.(metadataOf(() => currentScope()?.headers()));
  found['asks itself'] = await observe('relay', get);
  await client.close();
  await app.close();
  return found;
}
