/** Applications behind adapters for serverless platforms, whose responses have no connection. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Consumer } from './consumer';

/** An event of AWS API Gateway, version 2. */
const PROGRAM = `
const express = require('express');
const { getLogger, stats } = require('nestjs-hindsight/logging');
const { requestLogs } = require('nestjs-hindsight/express');
const { CollectingHandler } = require('nestjs-hindsight/testing');

const target = new CollectingHandler();
const log = getLogger('shop');
log.setLevel('DEBUG');
const app = express();
app.use(requestLogs({ target, dumpRecord: false }));
app.get('/good', (request, response) => { log.debug('of a success'); response.json({ ok: true }); });
app.get('/bad', (request, response) => { log.debug('of a failure'); throw new Error('broken on purpose'); });
app.use((error, request, response, next) => response.status(500).send('sorry'));

const ADAPTERS = {
  'serverless-http': () => require('serverless-http')(app),
  '@vendia/serverless-express': () => require('@vendia/serverless-express')({ app }),
  '@codegenie/serverless-express': () => {
    const { configure, default: create = configure } = require('@codegenie/serverless-express');
    return create({ app });
  },
};

async function main() {
  const handle = ADAPTERS[process.argv[2]]();
  const answers = [];
  for (const path of ['/good', '/bad']) {
    const http = { method: 'GET', path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' };
    const event = {
      version: '2.0', routeKey: '$default', rawPath: path, rawQueryString: '', headers: { host: 'shop.example' },
      requestContext: { http, stage: '$default', domainName: 'shop.example' }, isBase64Encoded: false,
    };
    answers.push((await handle(event, {})).statusCode);
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  const lines = target.records.map((record) => record.levelname + ' ' + record.getMessage().replace(/ [0-9]+ ms$/, ''));
  console.log(JSON.stringify({ answers, lines, live: stats().scopes.live }));
}
void main();
`;

/** An event of Lambda, as AWS documents it. */
const TRACE_ID = 'Root=1-67891233-abcdef012345678912345678;Parent=463ac35c9f6413ad;Sampled=1';

/** Nest on Fastify, with decorators called as functions. */
const NEST = `
require('reflect-metadata');
const { Controller, Get, Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { FastifyAdapter } = require('@nestjs/platform-fastify');
const awsLambdaFastify = require('@fastify/aws-lambda');
const { LoggingModule, getLogger, stats } = require('nestjs-hindsight');
const { CollectingHandler } = require('nestjs-hindsight/testing');

const target = new CollectingHandler();
const log = getLogger('shop');
class Shop {
  good() { log.debug('of a success'); return { ok: true }; }
  bad() { log.debug('of a failure'); throw new Error('broken on purpose'); }
  health() { return 'up'; }
}
for (const name of ['good', 'bad', 'health'])
  Get(name)(Shop.prototype, name, Object.getOwnPropertyDescriptor(Shop.prototype, name));
Controller()(Shop);
class App {}
Module({
  controllers: [Shop],
  imports: [LoggingModule.forRoot({
    handlers: { target },
    logIfErrors: { dumpRecord: false, exclude: ['/health'], requestId: 'x-amzn-trace-id' },
  })],
})(App);

async function main() {
  const app = await NestFactory.create(App, new FastifyAdapter(), { bufferLogs: true });
  app.setGlobalPrefix('api');
  await app.init();
  const handle = awsLambdaFastify(app.getHttpAdapter().getInstance());
  target.clear();
  const answers = [];
  for (const path of ['/api/good', '/api/bad', '/api/health']) {
    const http = { method: 'GET', path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' };
    const event = {
      version: '2.0', routeKey: '$default', rawPath: path, rawQueryString: '',
      headers: { host: 'shop.example', 'x-amzn-trace-id': '${TRACE_ID}' },
      requestContext: { http, stage: '$default', domainName: 'shop.example' }, isBase64Encoded: false,
    };
    const { statusCode, headers } = await handle(event, {});
    answers.push([statusCode, headers['x-amzn-trace-id'] ?? null]);
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  const lines = target.records.map((record) => record.levelname + ' ' + record.getMessage().replace(/ [0-9]+ ms$/, ''));
  const ids = [...new Set(target.records.map((record) => record.ids?.requestId))];
  console.log(JSON.stringify({ answers, lines, ids, live: stats().scopes.live }));
  await app.close();
}
void main();
`;

let consumer: Consumer;
beforeAll(async () => {
  consumer = await Consumer.application(12);
  consumer.write('serverless.cjs', PROGRAM);
  consumer.write('nest.cjs', NEST);
});
afterAll(() => consumer.remove());

describe.each(['serverless-http', '@vendia/serverless-express', '@codegenie/serverless-express'])(
  'behind %s',
  (adapter) => {
    it('a request ends with its answer, and a failing one is dumped', async () => {
      const found = JSON.parse(await consumer.execute('serverless.cjs', adapter)) as object;

      expect(found).toEqual({
        answers: [200, 500],
        lines: ['INFO GET /good 200', 'DEBUG of a failure', 'ERROR GET /bad 500'],
        live: 0,
      });
    });
  },
);

describe('Nest on Fastify behind @fastify/aws-lambda', () => {
  it('a request ends with its answer, a failing one is dumped, and an excluded one has no scope', async () => {
    const found = JSON.parse(await consumer.execute('nest.cjs')) as object;

    expect(found).toEqual({
      answers: [
        [200, TRACE_ID],
        [500, TRACE_ID],
        [200, null],
      ],
      lines: [
        'INFO GET /api/good 200',
        'DEBUG of a failure',
        'ERROR broken on purpose',
        'ERROR GET /api/bad 500',
      ],
      ids: [TRACE_ID],
      live: 0,
    });
  });
});
