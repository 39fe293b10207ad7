import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Consumer } from './consumer';

/** A typical service in which one order fails. It sends requests to itself and prints the answers. */
const PROGRAM = `
  const express = require('express');
  const { getLogger, StreamHandler } = require('nestjs-hindsight/logging');
  const { errorLogs, requestLogs } = require('nestjs-hindsight/express');

  const log = getLogger('orders');
  const format = (record) => [record.levelname, record.getMessage().replace(/ \\d+ ms$/, ''), record.excInfo?.message ?? ''].join(' ').trim();
  const app = express();
  app.use(requestLogs({ target: new StreamHandler(process.stdout, { formatter: { format } }) }));
  app.get('/orders/:id', (request, response) => {
    log.debug('reading order %s', request.params.id);
    if (request.params.id === '13') throw new Error('no stock');
    response.send('ok');
  });
  app.use(errorLogs());
  app.use((error, request, response, next) => response.status(500).send('sorry'));

  const server = app.listen(0, async () => {
    for (const id of [12, 13]) {
      const response = await fetch('http://127.0.0.1:' + server.address().port + '/orders/' + id);
      const text = await response.text();
      while (require('nestjs-hindsight/logging').stats().scopes.live > 0) await new Promise(setImmediate);
      console.log('client', response.status, text);
    }
    server.closeAllConnections();
    server.close();
  });`;

const DUMP = [
  'INFO GET /orders/12 200',
  'client 200 ok',
  expect.stringMatching(/^INFO GET \/orders\/13 after \d+ ms: Error: no stock; 1 held, request /),
  'DEBUG reading order 13',
  'ERROR GET /orders/13 failed no stock',
  'ERROR GET /orders/13 500',
  'client 500 sorry',
];

describe.each(['^4.21.0', '^5.1.0'])('the package where only Express %s is installed', (range) => {
  let consumer: Consumer;
  beforeAll(async () => {
    consumer = await Consumer.install({ dependencies: { express: range } });
  });
  afterAll(() => consumer.remove());

  it('dumps the failing request only', async () => {
    expect(consumer.installed()).toContain('express');
    expect(consumer.installed().filter((name) => name === 'rxjs' || name === '@nestjs')).toEqual([]);

    expect((await consumer.run('service.cjs', PROGRAM)).split('\n')).toEqual(DUMP);
  });
});
