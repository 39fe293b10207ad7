/** An application behind the adapters of serverless platforms, whose responses have no connection. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Consumer } from './consumer';

/** Of AWS API Gateway, version 2. */
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

let consumer: Consumer;
beforeAll(async () => {
  consumer = await Consumer.install({
    dependencies: {
      express: '^5.1.0',
      'serverless-http': '^4.0.0',
      '@vendia/serverless-express': '^4.12.0',
      '@codegenie/serverless-express': '^5.0.0',
    },
  });
  consumer.write('serverless.cjs', PROGRAM);
});
afterAll(() => consumer.remove());

describe.each(['serverless-http', '@vendia/serverless-express', '@codegenie/serverless-express'])(
  'behind %s',
  (adapter) => {
    it('a request is over with its answer, and a failing one is written', async () => {
      const found = JSON.parse(await consumer.execute('serverless.cjs', adapter)) as object;

      expect(found).toEqual({
        answers: [200, 500],
        lines: ['INFO GET /good 200', 'DEBUG of a failure', 'ERROR GET /bad 500'],
        live: 0,
      });
    });
  },
);
