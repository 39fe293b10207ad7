/** WebSocket gateways, with socket.io and with plain WebSockets. */
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { stats } from 'nestjs-hindsight';
import { once } from 'node:events';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { brokenClass, decoratedClasses, handlersOf, namesOf, OddError } from './cases.mjs';
import { observe, observeAll, scopesAfter } from './cell.mjs';
import { moduleOf } from './rpc.mjs';

class OddFilter {
  catch() {}
}
common.Catch(OddError)(OddFilter);

const kit = {
  refusal: (status, message) => new WsException(status === undefined ? message : { status, message }),
  filter: new OddFilter(),
  payload: (...pipes) => MessageBody(...pipes),
  listen: (name) => SubscribeMessage(name),
  cases: ({ read, fail }) => ({ 'health.check': { handle: () => (read(), fail()) } }),
};

const log = new common.Logger('Orders');
const fail = () => {
  throw new Error('no stock');
};

/** Which hold nothing that JSON has. */
const ANSWERS = {
  // With `event` and `data`, both kinds of gateway send it.
  cannotBeSent: { handle: () => (log.debug('reading'), { event: 'found', data: { total: 1n } }) },
};

/** Gateways whose life fails, by case. */
const LIVES = {
  'afterInit throws': { afterInit: () => (log.debug('reading'), fail()) },
  'a connection throws': { handleConnection: () => (log.debug('reading'), fail()) },
  'a connection rejects': {
    handleConnection: async () => {
      log.debug('reading');
      await new Promise((resolve) => setTimeout(resolve, 5));
      fail();
    },
  },
  'a disconnection throws': { handleDisconnect: () => (log.debug('reading'), fail()) },
  'a life succeeds': {
    afterInit: () => log.debug('reading'),
    handleConnection: async () => log.debug('reading'),
    handleDisconnect: () => log.debug('reading'),
  },
};

function gatewayOf(methods) {
  class Gateway {}
  Object.assign(Gateway.prototype, methods);
  return Gateway;
}

async function start(Adapter, gateways, options = {}) {
  for (const gateway of gateways) WebSocketGateway(options)(gateway);
  const app = await core.NestFactory.create(moduleOf({ providers: gateways }), { bufferLogs: true });
  app.useWebSocketAdapter(new Adapter(app));
  await app.listen(0, '127.0.0.1');
  return app;
}

/** The whole life of a gateway with one client; what is thrown in it ends a process that does not catch it. */
async function live(client, Adapter, methods) {
  const before = stats().scopes.opened;
  const app = await start(Adapter, [gatewayOf(methods)]);
  const connection = await client(await app.getUrl());
  await connection.end();
  // Each method was called once.
  await scopesAfter(before, Object.keys(methods).length);
  await app.close();
}

async function observeGateways(Adapter, client, { knowsScopedGateways }) {
  const app = await start(Adapter, [handlersOf(kit), handlersOf(kit, ANSWERS), ...decoratedClasses(kit)]);
  const connection = await client(await app.getUrl());
  const found = await observeAll(namesOf(kit), (name) => connection.send(name));
  found['cannot be sent'] = await observe('cannotBeSent', (name) => connection.send(name), { fails: true });
  await connection.end();
  await app.close();
  for (const [name, methods] of Object.entries(LIVES)) {
    const fails = name !== 'a life succeeds';
    found[name] = await observe(name, () => live(client, Adapter, methods), { fails });
  }
  if (knowsScopedGateways) Object.assign(found, await observeBroken(Adapter, client));
  return found;
}

/** From Nest 12 on an instance is made for each connection; this one cannot be. */
async function observeBroken(Adapter, client) {
  const Broken = brokenClass(kit, 'cannotBeMade');
  common.Injectable({ scope: common.Scope.REQUEST })(Broken);
  const app = await start(Adapter, [Broken]);
  let connection;
  const found = {
    'a connection cannot be made': await observe(
      'connect',
      async () => (connection = await client(await app.getUrl())),
      { fails: true },
    ),
    'scoped cannotBeMade': await observe('cannotBeMade', (name) => connection.send(name), { fails: true }),
  };
  await connection.end();
  await app.close();
  return found;
}

const ioClient = async (url) => {
  const socket = io(url, { transports: ['websocket'], forceNew: true });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject));
  return {
    send: (name) => void socket.emit(name, { id: 1 }),
    end: async () => void socket.disconnect(),
  };
};

const wsClient = async (url) => {
  const socket = new WebSocket(url.replace('http', 'ws'));
  await once(socket, 'open');
  return {
    send: (event) => socket.send(JSON.stringify({ event, data: { id: 1 } })),
    end: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
};

export const socketIo = (options) => observeGateways(IoAdapter, ioClient, options);
export const ws = (options) => observeGateways(WsAdapter, wsClient, options);
