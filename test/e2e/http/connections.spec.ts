/** Many requests on one connection, and requests that are no ordinary ones: each has its own records, or none. */
import { once } from 'node:events';
import { Agent, request as send, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { currentScope } from '../../../lib/scope/current';
import { stats } from '../../../lib/scope/counts';
import { allSettled } from '../../support/open-scopes';
import { until } from '../../support/until';
import { CELLS, EXPRESS_5, told, type Cell } from './cells';
import { head, RawClient } from '../../support/raw-client';

/** What the target was given for each request, by the id that the client gave it. */
function recordsByRequest(cell: Cell): ReadonlyMap<string, readonly string[]> {
  const byId = new Map<string, string[]>();
  for (const record of cell.seen.records) {
    const id = String(record.context?.fields['requestId']);
    byId.set(id, [...(byId.get(id) ?? []), ...told([record])]);
  }
  return byId;
}

function expectedOf(id: number, fails: boolean): readonly string[] {
  if (!fails) return [`INFO GET /${id} 200`];
  return [`* DEBUG begins ${id}`, `* DEBUG ends ${id}`, `ERROR !refused ${id}`, `ERROR GET /${id} 500`];
}

const idOf = (request: IncomingMessage): number => Number(request.url?.slice(1));

async function get(cell: Cell, id: number, agent: Agent): Promise<void> {
  const headers = { 'x-request-id': `r-${id}` };
  const outgoing = send({ port: cell.port, host: '127.0.0.1', path: `/${id}`, agent, headers }).end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
}

describe.each(CELLS)('$name', (kind) => {
  it(
    'keeps 1000 requests on one kept-alive connection apart, of which each third fails',
    { timeout: 30_000 },
    async () => {
      const cell = await kind.start(
        async (request, response, log) => {
          const id = idOf(request);
          log.debug('begins %d', id);
          await nextTurn();
          log.debug('ends %d', id);
          if (id % 3 === 0) throw new Error(`refused ${id}`);
          response.end('ok');
        },
        { options: { maxDumpsPerSecond: false } },
      );
      let connections = 0;
      cell.server.on('connection', () => connections++);
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const ids = Array.from({ length: 1000 }, (_, id) => id);

      await Promise.all(ids.map((id) => get(cell, id, agent)));
      await cell.settled(1000);
      agent.destroy();

      expect(connections).toBe(1);
      const seen = recordsByRequest(cell);
      expect(seen.size).toBe(1000);
      expect(ids.map((id) => seen.get(`r-${id}`))).toEqual(ids.map((id) => expectedOf(id, id % 3 === 0)));
    },
  );

  it('keeps 20 pipelined requests apart that run at the same time, some slow, some failing', async () => {
    let begun = 0;
    let release: (() => void) | undefined;
    const allBegun = new Promise<void>((resolve) => (release = resolve));
    const cell = await kind.start(
      async (request, response, log) => {
        const id = idOf(request);
        log.debug('begins %d', id);
        if (++begun === 20) release?.();
        // The slow ones, the first among them, end behind all others.
        await allBegun;
        for (let turns = id % 2 === 0 ? 10 : 0; turns > 0; turns--) await nextTurn();
        log.debug('ends %d', id);
        if (id % 3 === 0) throw new Error(`refused ${id}`);
        response.end('ok');
      },
      { options: { maxDumpsPerSecond: false } },
    );
    const ids = Array.from({ length: 20 }, (_, id) => id);
    const client = await RawClient.connect(cell.port);

    client.send(ids.map((id) => head(`GET /${id}`, { 'x-request-id': `r-${id}` })).join(''));
    await client.answers(20);
    await cell.settled(20);

    expect(client.statuses).toEqual(ids.map((id) => (id % 3 === 0 ? 500 : 200)));
    const seen = recordsByRequest(cell);
    expect(ids.map((id) => seen.get(`r-${id}`))).toEqual(ids.map((id) => expectedOf(id, id % 3 === 0)));
  });

  it('settles pipelined requests whose client leaves before their turn to be answered', async () => {
    let begun = 0;
    let release: (() => void) | undefined;
    const gone = new Promise<void>((resolve) => (release = resolve));
    const cell = await kind.start(
      async (request, response, log) => {
        const id = idOf(request);
        log.debug('begins %d', id);
        begun++;
        await gone;
        log.debug('ends %d', id);
        if (id % 3 === 0) throw new Error(`refused ${id}`);
        response.end('ok');
      },
      { options: { maxDumpsPerSecond: false } },
    );
    const ids = Array.from({ length: 20 }, (_, id) => id);
    const [connection, client] = await Promise.all([
      once(cell.server, 'connection') as Promise<[Duplex]>,
      RawClient.connect(cell.port),
    ]);
    const closed = once(connection[0], 'close');
    client.send(ids.map((id) => head(`GET /${id}`, { 'x-request-id': `r-${id}` })).join(''));
    await until(() => begun === 20);
    client.leave('closes');
    await closed;
    release?.();
    await allSettled(cell.log.manager);

    const seen = recordsByRequest(cell);
    for (const id of ids) {
      const dump = [
        `* DEBUG begins ${id}`,
        `* DEBUG ends ${id}`,
        `ERROR !refused ${id}`,
        `ERROR GET /${id} aborted`,
      ];
      expect(seen.get(`r-${id}`)).toEqual(id % 3 === 0 ? dump : [`WARNING GET /${id} aborted`]);
    }
  });

  it('dumps a failing upload that waited for 100 Continue, and not a successful one', async () => {
    const cell = await kind.start(async (request, response, log) => {
      let bytes = 0;
      for await (const chunk of request) bytes += (chunk as Buffer).length;
      log.debug('%d bytes', bytes);
      if (request.url === '/bad') throw new Error('refused');
      response.end('ok');
    });
    for (const path of ['/good', '/bad']) {
      const client = await RawClient.connect(cell.port);
      client.send(head(`POST ${path}`, { expect: '100-continue', 'content-length': 4 }));
      await client.sees('100 Continue');
      client.send('body');
      await client.answers(2);
    }
    await cell.settled(2);

    expect(cell.lines).toEqual([
      'INFO POST /good 200',
      '* DEBUG 4 bytes',
      'ERROR !refused',
      'ERROR POST /bad 500',
    ]);
  });

  it('gives an Upgrade that nobody takes the scope of an ordinary request', async () => {
    const cell = await kind.start((_request, _response, log) => {
      log.debug('answering');
      throw new Error('refused');
    });
    const client = await RawClient.connect(cell.port);
    client.send(head('GET /socket', { connection: 'upgrade', upgrade: 'websocket' }));
    await client.answers();
    await cell.settled();

    expect(cell.lines).toEqual(['* DEBUG answering', 'ERROR !refused', 'ERROR GET /socket 500']);
  });
});

describe('A request that never reaches the application', () => {
  it.each([
    ['an Upgrade that is taken', 'upgrade', head('GET /socket', { connection: 'upgrade', upgrade: 'own' })],
    ['a CONNECT that is taken', 'connect', head('CONNECT shop:443')],
  ])('has no scope: %s', async (_what, event, text) => {
    const cell = await EXPRESS_5.start(() => undefined);
    const before = stats().scopes.opened;
    cell.server.on(event, (_request: IncomingMessage, socket: Duplex) => {
      expect(currentScope()).toBeUndefined();
      cell.log.debug('dropped, as outside of any request');
      cell.log.info('taken');
      socket.end('HTTP/1.1 200 OK\r\n\r\n');
    });
    const client = await RawClient.connect(cell.port);
    client.send(text);
    await client.ended();

    expect(cell.lines).toEqual(['INFO taken']);
    expect(stats().scopes.opened).toBe(before);
  });

  it.each([
    ['a CONNECT that nobody takes', head('CONNECT shop:443'), []],
    ['an expectation that Node refuses', head('GET /', { expect: 'a miracle', connection: 'close' }), [417]],
    ['what is no HTTP', 'no HTTP at all\r\n\r\n', [400]],
    ['a head that is too large', head('GET /', { cookie: 'x'.repeat(20_000) }), [431]],
  ])('has no scope: %s', async (_what, text, statuses) => {
    const cell = await EXPRESS_5.start(() => undefined);
    const before = stats().scopes.opened;
    const client = await RawClient.connect(cell.port);
    client.send(text);
    await client.ended();

    expect(client.statuses).toEqual(statuses);
    expect(cell.lines).toEqual([]);
    expect(stats().scopes.opened).toBe(before);
  });

  it('has one when the application takes the expectation itself', async () => {
    const cell = await EXPRESS_5.start((_request, response, log) => {
      log.debug('answering');
      response.statusCode = 503;
      response.end();
    });
    cell.server.on('checkContinue', (request, response) => {
      response.writeContinue();
      cell.server.emit('request', request, response);
    });
    const client = await RawClient.connect(cell.port);
    client.send(`${head('POST /case', { expect: '100-continue', 'content-length': 4 })}body`);
    await client.sees('503');
    await cell.settled();

    expect(cell.lines).toEqual(['* DEBUG answering', 'ERROR POST /case 503']);
  });
});
