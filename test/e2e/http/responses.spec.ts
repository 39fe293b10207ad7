/** Responses of every shape: streamed, broken, without a body, ended twice, never ended. */
import { createReadStream } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { runChild } from '../../support/child';
import { tempDir } from '../../support/temp-dir';
import { CELLS } from './cells';
import { head, RawClient } from '../../support/raw-client';

interface Breaking {
  readonly title: string;
  readonly handle: (response: ServerResponse) => unknown;
  readonly error: RegExp;
  readonly outcome: string;
}

async function* numbers(): AsyncGenerator<string> {
  yield 'one';
  await nextTurn();
  throw new Error('no more numbers');
}

const BREAKING: readonly Breaking[] = [
  {
    title: 'a file that cannot be read, with its Error handed on',
    handle: (response) =>
      new Promise((_resolve, reject) => {
        createReadStream(tempDir()).once('error', reject).pipe(response);
      }),
    error: /EISDIR/,
    outcome: '500',
  },
  {
    title: 'a file that breaks under way, and the response is destroyed for it',
    handle: (response) => {
      response.write('the first part');
      const file = createReadStream(tempDir());
      file.once('error', (error) => response.destroy(error)).pipe(response);
    },
    error: /EISDIR/,
    outcome: 'aborted',
  },
  {
    title: 'an async generator that is written by hand',
    handle: async (response) => {
      for await (const text of numbers()) response.write(text);
    },
    error: /no more numbers/,
    outcome: 'aborted',
  },
];

describe.each(CELLS)('$name: a response', (kind) => {
  it.each(BREAKING)('that breaks is written: $title', async ({ handle, error, outcome }) => {
    const cell = await kind.start(async (_request, response, log) => {
      log.debug('before');
      try {
        await handle(response);
      } catch (cause) {
        // What is left of a response that has begun is cut, whatever the framework does.
        if (response.headersSent) response.destroy();
        throw cause;
      }
    });
    const client = await RawClient.connect(cell.port);
    client.send(head('GET /case', { connection: 'close' }));
    await client.ended();
    await cell.settled();

    expect(cell.lines).toEqual([
      '* DEBUG before',
      expect.stringMatching(new RegExp(`^ERROR !.*${error.source}`)),
      `ERROR GET /case ${outcome}`,
    ]);
  });

  it.each([
    ['to HEAD', 'HEAD', 200],
    ['with 204', 'GET', 204],
    ['with 304', 'GET', 304],
    ['with 302', 'GET', 302],
  ])('%s leaves its request record', async (_what, method, status) => {
    const cell = await kind.start((_request, response, log) => {
      log.debug('before');
      response.statusCode = status;
      response.end(status === 200 ? 'not sent' : undefined);
    });
    const client = await RawClient.connect(cell.port);
    client.send(head(`${method} /case`));
    await client.answers();
    await cell.settled();

    expect(client.statuses).toEqual([status]);
    expect(cell.lines).toEqual([`INFO ${method} /case ${status}`]);
  });

  it('to HEAD that fails is written', async () => {
    const cell = await kind.start((_request, _response, log) => {
      log.debug('before');
      throw new Error('refused');
    });
    const client = await RawClient.connect(cell.port);
    client.send(head('HEAD /case'));
    await client.answers();
    await cell.settled();

    expect(client.statuses).toEqual([500]);
    expect(cell.lines).toEqual(['* DEBUG before', 'ERROR !refused', 'ERROR HEAD /case 500']);
  });

  it('that is ended twice, or written once more, is ended once', async () => {
    const cell = await kind.start(async (_request, response, log) => {
      log.debug('before');
      response.on('error', () => undefined);
      response.end('ok');
      response.end('again');
      response.write('and again');
      // Not `once` of node:events, which rejects at an Error.
      await new Promise((resolve) => response.once('close', resolve));
      response.end();
    });
    const client = await RawClient.connect(cell.port);
    client.send(head('GET /case', { connection: 'close' }));
    await client.ended();
    await cell.settled();

    expect(client.statuses).toEqual([200]);
    expect(cell.lines).toEqual(['INFO GET /case 200']);
  });
});

describe('A response that is never ended', () => {
  it('keeps neither its scope nor what that held once its client is gone', { timeout: 30_000 }, async () => {
    const { stdout, stderr } = await runChild(`
      require('node:v8').setFlagsFromString('--expose-gc');
      const gc = require('node:vm').runInNewContext('gc');
      const http = require('node:http');
      const { connect } = require('node:net');
      const { once } = require('node:events');
      // The ten seconds for which a request waits that its client left.
      const real = setTimeout;
      const now = performance.now.bind(performance);
      let ahead = 0;
      performance.now = () => now() + ahead;
      const early = (run) => () => { ahead += 10_000; run(); };
      globalThis.setTimeout = (run, ms, ...rest) =>
        ms === 10_000 ? real(early(run), 20) : real(run, ms, ...rest);
      const wait = (ms) => new Promise((resolve) => real(resolve, ms));
      const { Manager, Handler, currentScope, stats } = lib('logging');
      const { requestLogs } = lib('express');
      class Nowhere extends Handler { emit() {} }
      const manager = new Manager();
      const log = manager.getLogger('shop');
      const middleware = requestLogs({ target: new Nowhere(), logger: manager.root, lingerMs: 10 });
      const scopes = [], orders = [];
      const server = http.createServer((request, response) => middleware(request, response, () => {
        const order = new (class Order {})();
        orders.push(new WeakRef(order));
        scopes.push(new WeakRef(currentScope()));
        log.debug('order', order);
      }));
      (async () => {
        await once(server.listen(0), 'listening');
        const get = 'GET / HTTP/1.1\\r\\nhost: a\\r\\n\\r\\n';
        const sockets = [];
        for (let i = 0; i < 10; i++) {
          const socket = connect(server.address().port);
          // Some have a second request waiting behind the first.
          socket.write(i % 2 === 0 ? get : get + get);
          sockets.push(socket);
        }
        while (scopes.length < 15) await wait(1);
        const open = stats().scopes.live;
        for (const socket of sockets) socket.destroy();
        const kept = (refs) => refs.filter((ref) => ref.deref() !== undefined).length;
        // What the engine itself keeps of the last one is let go when another has come.
        const last = connect(server.address().port);
        last.write(get);
        while (scopes.length < 16) await wait(1);
        for (let i = 0; i < 500 && kept(scopes.slice(0, 15)) + kept(orders.slice(0, 15)) > 0; i++) {
          await wait(10);
          gc();
        }
        console.log(JSON.stringify({ open, live: stats().scopes.live, scopes: kept(scopes.slice(0, 15)), orders: kept(orders.slice(0, 15)) }));
        last.destroy();
        server.close();
      })();
    `);

    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ open: 15, live: 1, scopes: 0, orders: 0 });
  });
});
