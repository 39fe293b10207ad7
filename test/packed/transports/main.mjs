/** Runs one transport after the other. Prints the written records of each case, and at the end the counts and the wrapped methods. */
import 'reflect-metadata';
import { stats } from 'nestjs-hindsight';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { graphql } from './graphql.mjs';
import { overGrpc } from './grpc.mjs';
import { hybrid, mqtt, nats, rabbitMq, redis, tcp } from './rpc.mjs';
import { socketIo, ws } from './ws.mjs';

const { brokers, queue, knowsScopedGateways } = JSON.parse(process.argv[2]);

// If Nest leaves a failure to the process, the process must continue here with the next case.
process.on('uncaughtException', () => undefined);
process.on('unhandledRejection', () => undefined);

const found = {
  TCP: await tcp(),
  'TCP beside HTTP': await hybrid(false),
  'TCP beside HTTP, with its configuration': await hybrid(true),
  gRPC: await overGrpc(),
  ...(brokers.redis === undefined ? {} : { Redis: await redis(brokers.redis) }),
  ...(brokers.nats === undefined ? {} : { NATS: await nats(brokers.nats) }),
  ...(brokers.rabbitMq === undefined ? {} : { RabbitMQ: await rabbitMq(brokers.rabbitMq, queue) }),
  ...(brokers.mqtt === undefined ? {} : { MQTT: await mqtt(brokers.mqtt) }),
  'socket.io': await socketIo({ knowsScopedGateways }),
  WebSocket: await ws({ knowsScopedGateways }),
  GraphQL: await graphql(),
};
// The list is not part of the public API.
const require = createRequire(import.meta.url);
const dist = dirname(require.resolve('nestjs-hindsight'));
const wrapped = require(join(dist, 'nest/hooks/wrap-method.js'))
  .wrappedMethods()
  .map(({ className, methodName }) => `${className}#${methodName}`);
process.stdout.write(JSON.stringify({ found, stats: stats(), wrapped }));
// Clients still wait for messages that nobody answers.
process.exit();
