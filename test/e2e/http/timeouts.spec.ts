/** A request that the server itself cuts: by each of its timeouts, or because it closes its connections. */
import { once } from 'node:events';
import express, { type Response } from 'express';
import { describe, expect, it } from 'vitest';
import type { ServerOptions, ServerResponse } from 'node:http';
import { stats } from '../../../lib/scope/counts';
import { CELLS, EXPRESS_5, type Cell, type Handle } from './cells';
import { head, RawClient } from '../../support/raw-client';
import { shortAbortWait } from './short-abort-wait';

/** Node looks at its connections in intervals. */
const LIMITS: ServerOptions = { requestTimeout: 30, headersTimeout: 30, connectionsCheckingInterval: 10 };
const HALF = `${head('POST /case', { 'content-type': 'application/json', 'content-length': 100 })}{"half":`;
const FAILED = ['* DEBUG before', '* DEBUG cut', 'ERROR !too late', 'ERROR {} aborted'];

/** Waits until its response is cut, and then fails or answers. */
function cutThen(
  fails: boolean,
  prepare: (response: ServerResponse, cell: Cell | undefined) => void,
): {
  handle: Handle;
  cell: Cell | undefined;
} {
  const trial: { handle: Handle; cell: Cell | undefined } = {
    cell: undefined,
    handle: async (_request, response, log) => {
      log.debug('before');
      const closed = once(response, 'close');
      prepare(response, trial.cell);
      await closed;
      log.debug('cut');
      if (fails) throw new Error('too late');
      response.end();
    },
  };
  return trial;
}

describe('A body that does not come in time', () => {
  it.each([
    [true, FAILED],
    [false, ['WARNING {} aborted']],
  ])('is answered with 408 by Node; the handler then fails: %s', async (fails, expected) => {
    const cell = await EXPRESS_5.start(cutThen(fails, () => undefined).handle, { server: LIMITS });
    const client = await RawClient.connect(cell.port);
    client.send(HALF);
    await client.ended();
    await cell.settled();

    expect(client.statuses).toEqual([408]);
    expect(cell.lines).toEqual(expected.map((text) => text.replace('{}', 'POST /case')));
  });

  it('is no failure when only the body parser waited for it', async () => {
    const cell = await EXPRESS_5.start(() => undefined, {
      server: LIMITS,
      middleware: (app, log) => {
        app.use((_request: unknown, _response: Response, next: () => void) => {
          log.debug('before');
          next();
        });
        app.use(express.json());
      },
    });
    const client = await RawClient.connect(cell.port);
    client.send(HALF);
    await client.ended();
    await cell.settled();

    expect(cell.lines).toEqual([expect.stringMatching(/^WARNING POST \/case (aborted|400)$/)]);
  });

  it('is no request yet as long as its head is not complete', async () => {
    const cell = await EXPRESS_5.start(() => undefined, { server: LIMITS });
    const before = stats().scopes.opened;
    const client = await RawClient.connect(cell.port);
    client.send('GET /case HTTP/1.1\r\nhost: ');
    await client.ended();

    expect(client.statuses).toEqual([408]);
    expect(cell.lines).toEqual([]);
    expect(stats().scopes.opened).toBe(before);
  });
});

const CUTS: readonly (readonly [string, (response: ServerResponse, cell: Cell | undefined) => void])[] = [
  ['by res.setTimeout', (response) => void response.setTimeout(20)],
  ['by req.setTimeout', (response) => void response.req.setTimeout(20)],
  [
    'by server.setTimeout',
    (response, cell) => {
      cell?.server.setTimeout(20);
      // A connection takes the timeout of the server when it comes in.
      response.socket?.setTimeout(20);
    },
  ],
  ['by server.closeAllConnections', (_response, cell) => cell?.server.closeAllConnections()],
  ['by the handler, which destroys the socket', (response) => void response.socket?.destroy()],
  ['by the handler, which destroys the response', (response) => void response.destroy()],
];

describe.each(CELLS)('$name: a request that is cut', (kind) => {
  it.each(CUTS)('%s, and then fails, is written', async (_how, cut) => {
    const trial = cutThen(true, cut);
    const cell = await kind.start(trial.handle);
    trial.cell = cell;
    const client = await RawClient.connect(cell.port);
    client.send(head('GET /case'));
    await client.ended();
    await cell.settled();

    expect(client.received).toBe('');
    expect(cell.lines).toEqual(FAILED.map((text) => text.replace('{}', 'GET /case')));
  });

  it.each(CUTS)('%s, and then answers, is not', async (_how, cut) => {
    const trial = cutThen(false, cut);
    const cell = await kind.start(trial.handle);
    trial.cell = cell;
    const client = await RawClient.connect(cell.port);
    client.send(head('GET /case'));
    await client.ended();
    await cell.settled();

    expect(cell.lines).toEqual(['WARNING GET /case aborted']);
  });

  it('and never comes to an end is given up after a while', async () => {
    shortAbortWait();
    const cell = await kind.start(async (_request, response, log) => {
      log.debug('before');
      response.destroy();
      await new Promise(() => undefined);
    });
    const client = await RawClient.connect(cell.port);
    client.send(head('GET /case'));
    await client.ended();
    await cell.settled();

    expect(cell.lines).toEqual(['WARNING GET /case aborted']);
  });

  it('by a timeout that the application answers with 503 is written, and its handler goes on in the same scope', async () => {
    let ended: (() => void) | undefined;
    const handlerEnds = new Promise<void>((resolve) => (ended = resolve));
    const cell = await kind.start(async (_request, response, log) => {
      log.debug('before');
      response.setTimeout(20, () => {
        log.debug('in the callback');
        response.statusCode = 503;
        response.end('too slow');
      });
      await once(response, 'close');
      log.debug('late');
      log.info('late, too');
      ended?.();
    });
    const client = await RawClient.connect(cell.port);
    client.send(head('GET /case', { connection: 'close' }));
    await client.ended();
    await Promise.all([cell.settled(), handlerEnds]);

    expect(client.statuses).toEqual([503]);
    expect(cell.lines).toEqual([
      '* DEBUG before',
      '* DEBUG in the callback',
      'ERROR GET /case 503',
      'DEBUG late',
      'INFO late, too',
    ]);
  });

  it('is none whose kept-alive connection times out when it is over', async () => {
    const cell = await kind.start((_request, response, log) => {
      log.debug('before');
      response.end('ok');
    });
    cell.server.keepAliveTimeout = 20;
    const client = await RawClient.connect(cell.port);
    client.send(head('GET /case'));
    await client.answers();
    await client.ended();

    expect(cell.lines).toEqual(['INFO GET /case 200']);
    const { opened, settled, live } = stats().scopes;
    expect(opened - settled).toBe(live);
  });
});
