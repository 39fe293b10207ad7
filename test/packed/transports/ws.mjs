/** WebSocket gateways, with socket.io and with plain WebSockets. */
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { once } from 'node:events';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { decoratedClasses, handlersOf, namesOf, OddError } from './cases.mjs';
import { observeAll } from './cell.mjs';
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

async function gateway(Adapter) {
  const gateways = [handlersOf(kit), ...decoratedClasses(kit)];
  for (const gateway of gateways) WebSocketGateway()(gateway);
  const app = await core.NestFactory.create(moduleOf({ providers: gateways }), { bufferLogs: true });
  app.useWebSocketAdapter(new Adapter(app));
  await app.listen(0, '127.0.0.1');
  return app;
}

export async function socketIo() {
  const app = await gateway(IoAdapter);
  const socket = io(await app.getUrl(), { transports: ['websocket'] });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject));
  const found = await observeAll(namesOf(kit), (name) => void socket.emit(name, { id: 1 }));
  socket.disconnect();
  await app.close();
  return found;
}

export async function ws() {
  const app = await gateway(WsAdapter);
  const socket = new WebSocket((await app.getUrl()).replace('http', 'ws'));
  await once(socket, 'open');
  const found = await observeAll(namesOf(kit), (event) =>
    socket.send(JSON.stringify({ event, data: { id: 1 } })),
  );
  socket.terminate();
  await app.close();
  return found;
}
