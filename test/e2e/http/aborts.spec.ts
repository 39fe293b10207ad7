/** A client that leaves: at each stage of its request, in each way, whatever the handler does afterwards. */
import express, { type Response } from 'express';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Logger } from '../../../lib';
import { Manager } from '../../../lib/core/manager';
import { errorLogs, requestLogs } from '../../../lib/express';
import { CollectingHandler } from '../../../lib/testing';
import { until } from '../../support/until';
import { told, CELLS, type Cell, type CellKind } from './cells';
import { head, RawClient, type Leaving } from '../../support/raw-client';

interface Stage {
  readonly name: string;
  readonly request: string;
  readonly method: string;
  readonly streams?: boolean;
}

const STAGES: readonly Stage[] = [
  {
    name: 'before the body is complete',
    method: 'POST',
    request: `${head('POST /case', { 'content-length': 100 })}the first half`,
  },
  { name: 'while the handler runs', method: 'GET', request: head('GET /case') },
  { name: 'while the response streams', method: 'GET', request: head('GET /case'), streams: true },
];

interface Ending {
  readonly name: string;
  readonly end: (response: ServerResponse, log: Logger) => void;
  /** What is written behind the record that passed; the request record comes last. */
  readonly written: readonly string[];
}

const HELD = ['* DEBUG before', '* DEBUG after', '* DEBUG gone'];

const ENDINGS: readonly Ending[] = [
  { name: 'succeeds', end: (response) => response.end('nobody reads this'), written: ['WARNING {} aborted'] },
  {
    name: 'throws',
    end: () => {
      throw new Error('too late');
    },
    written: [...HELD, 'ERROR !too late', 'ERROR {} aborted'],
  },
  {
    name: 'logs an ERROR',
    end: (response, log) => {
      log.error('cannot cancel');
      log.debug('after the dump');
      response.end();
    },
    written: [...HELD, 'ERROR cannot cancel', 'DEBUG after the dump', 'WARNING {} aborted'],
  },
];

const LEAVINGS: readonly Leaving[] = ['closes', 'resets'];

const CASES = STAGES.flatMap((stage) =>
  ENDINGS.flatMap((ending) => LEAVINGS.map((leaving) => ({ stage, ending, leaving }))),
);

interface Reached {
  cell: Cell;
  client: RawClient;
  closed: Promise<unknown>;
}

/** Starts a server and brings a request to the stage; the handler goes on when the response is closed. */
async function reach(kind: CellKind, stage: Stage, end: Ending['end']): Promise<Reached> {
  let arrived: ((closed: Promise<unknown>) => void) | undefined;
  const here = new Promise<{ readonly closed: Promise<unknown> }>((resolve) => {
    arrived = (closed) => resolve({ closed });
  });
  const cell = await kind.start(async (_request, response, log) => {
    log.debug('before');
    log.info('now');
    log.debug('after');
    if (stage.streams === true) response.write('the first part');
    const closed = once(response, 'close');
    arrived?.(closed);
    await closed;
    log.debug('gone');
    end(response, log);
  });
  const client = await RawClient.connect(cell.port);
  client.send(stage.request);
  const { closed } = await here;
  if (stage.streams === true) await client.sees('the first part');
  return { cell, client, closed };
}

describe.each(CELLS)('$name: a client that leaves', (kind) => {
  it.each(CASES)(
    '$stage.name, and $leaving: the handler then $ending.name',
    async ({ stage, ending, leaving }) => {
      const { cell, client } = await reach(kind, stage, ending.end);

      client.leave(leaving);
      await cell.settled();

      const expected = ending.written.map((text) => text.replace('{}', `${stage.method} /case`));
      expect(cell.lines).toEqual(['INFO now', ...expected]);
    },
  );
});

describe('A client that left before the request had its scope', () => {
  it.each([
    ['succeeds', false, ['WARNING GET /case aborted']],
    ['throws', true, ['* DEBUG before', 'ERROR !too late', 'ERROR GET /case aborted']],
  ])('leaves no scope open when the handler %s', async (_how, fails, expected) => {
    const seen = new CollectingHandler();
    const manager = new Manager();
    const log = manager.getLogger('shop');
    const app = express();
    app.use(async (_request, response: Response, next) => {
      await once(response, 'close');
      next();
    });
    app.use(requestLogs({ target: seen, logger: manager.root, dumpRecord: false }));
    app.use((_request, response) => {
      log.debug('before');
      if (fails) throw new Error('too late');
      response.end();
    });
    app.use(errorLogs());
    const server = createServer(app).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const client = await RawClient.connect((server.address() as AddressInfo).port);
    client.send(head('GET /case'));
    await once(server, 'request');
    client.leave('closes');
    await until(() => told(seen.records).length >= expected.length, { what: 'the request record' });

    expect(told(seen.records)).toEqual(expected);
  });
});
