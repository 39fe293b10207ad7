/** Microservices over gRPC: unary calls, and calls that are answered with a stream. */
import * as grpc from '@grpc/grpc-js';
import * as loader from '@grpc/proto-loader';
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';
import * as microservices from '@nestjs/microservices';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { of } from 'rxjs';
import { brokenClass, cases, decoratedClasses, handlersOf, namesOf, OddError } from './cases.mjs';
import { observe, observeAll } from './cell.mjs';
import { moduleOf, SENT } from './rpc.mjs';

class OddFilter {
  catch() {
    return of({ text: 'answered' });
  }
}
common.Catch(OddError)(OddFilter);

const methodOf = (name) => `${name[0].toUpperCase()}${name.slice(1)}`;

const kit = {
  refusal: (status, message) =>
    new microservices.RpcException({
      code: status === undefined ? grpc.status.NOT_FOUND : grpc.status.UNAVAILABLE,
      message,
    }),
  filter: new OddFilter(),
  payload: (...pipes) => microservices.Payload(...pipes),
  listen: (name) => microservices.GrpcMethod('Orders', methodOf(name)),
};

/** Answered with as many messages as there are. */
const STREAMED = new Set(['streams', 'observableFails', 'streamIsCut']);
const SCOPED = ['scopedThrows', 'scopedSucceeds', 'scopedCannotBeMade'];
const names = [...namesOf(kit), ...SCOPED, 'streamIsCut'];

const rpcOf = (name) =>
  `rpc ${methodOf(name)} (Order) returns (${STREAMED.has(name) ? 'stream ' : ''}Order);`;
const PROTO = `syntax = "proto3";
package shop;
message Order { string text = 1; }
service Orders { ${names.map(rpcOf).join('\n')} }`;

function controllers() {
  const { throws, succeeds } = cases(kit);
  const PerMessage = handlersOf(kit, { scopedThrows: throws, scopedSucceeds: succeeds });
  const Streams = handlersOf(kit, { streamIsCut: cases(kit).observableFails });
  const Broken = brokenClass(kit, 'scopedCannotBeMade');
  for (const controller of [PerMessage, Broken])
    common.Controller({ scope: common.Scope.REQUEST })(controller);
  const others = [handlersOf(kit), Streams, ...decoratedClasses(kit)];
  for (const controller of others) common.Controller()(controller);
  return [PerMessage, Broken, ...others];
}

/** Nest does not tell which port its server was given. */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Ends with the answer, whatever it is. */
function call(client, name, metadata = new grpc.Metadata()) {
  return new Promise((resolve) => {
    const method = methodOf(name);
    if (!STREAMED.has(name)) {
      client[method]({ text: 'spade' }, metadata, resolve);
      return;
    }
    const answers = client[method]({ text: 'spade' }, metadata);
    answers
      .on('data', () => undefined)
      .on('error', resolve)
      .on('end', resolve);
  });
}

export async function overGrpc() {
  const protoPath = `${import.meta.dirname ?? process.cwd()}/orders.proto`;
  writeFileSync(protoPath, PROTO);
  const url = `127.0.0.1:${await freePort()}`;
  const app = await core.NestFactory.createMicroservice(moduleOf({ controllers: controllers() }), {
    transport: microservices.Transport.GRPC,
    options: { package: 'shop', protoPath, url },
    bufferLogs: true,
  });
  await app.listen();
  const { Orders } = grpc.loadPackageDefinition(loader.loadSync(protoPath)).shop;
  const client = new Orders(url, grpc.credentials.createInsecure());
  const found = await observeAll(names, (name) => call(client, name));
  const metadata = new grpc.Metadata();
  for (const [name, value] of Object.entries(SENT)) metadata.set(name, value);
  found['with ids'] = await observe('throws', (name) => call(client, name, metadata));
  client.close();
  await app.close();
  return found;
}
