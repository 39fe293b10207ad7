/** Answers that end when their client leaves: streams of events and upgraded connections. */
import { once } from 'node:events';
import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { CELLS, EXPRESS_5, type Cell, type Handle } from './cells';
import { head, RawClient } from '../../support/raw-client';

const PLAIN_TEXT = { 'content-type': 'text/plain' };
const EVENTS = { 'content-type': 'text/event-stream' };
const SLOW_MS = 20;

/** Begins an answer that its handler never ends. */
function stream(begin: (response: ServerResponse) => void): Handle {
  return (_request, response, log) => {
    log.debug('before');
    begin(response);
    response.write('data: first\n\n');
  };
}

/** A request for `/slow` is never answered. */
function besideSlow(handle: Handle): Handle {
  return (request, response, log) => {
    if (request.url === '/slow') log.debug('slow');
    else handle(request, response, log);
  };
}

/** A request that begins now has been slow. */
async function slowMsAreOver(cell: Cell): Promise<void> {
  const client = await RawClient.connect(cell.port);
  client.send(head('GET /slow'));
  await expect.poll(() => cell.lines).toContain('* DEBUG slow');
  cell.seen.clear();
}

async function leaveAfterFirst(cell: Cell, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  const client = await RawClient.connect(cell.port);
  client.send(head('GET /events', headers));
  await client.sees('data: first');
  client.leave('closes');
  await cell.settled();
}

describe.each(CELLS)('A stream of events on $name whose client leaves', (kind) => {
  it.each<[string, (response: ServerResponse) => void]>([
    ['by writeHead', (response) => void response.writeHead(200, EVENTS)],
    ['by setHeader', (response) => void response.setHeader('Content-Type', 'text/event-stream')],
    [
      'with a charset',
      (response) => void response.setHeader('Content-Type', ['Text/Event-Stream; charset=utf-8']),
    ],
  ])('has come to its end: %s', async (_how, begin) => {
    const cell = await kind.start(stream(begin), { options: { onAbort: 'dump' } });

    await leaveAfterFirst(cell);

    expect(cell.lines).toEqual(['INFO GET /events 200']);
    expect(cell.seen.records[0]?.extra).not.toHaveProperty('aborted');
  });

  it('has come to its end where the header is only in what a browser asked for', async () => {
    const cell = await kind.start(
      stream((response) => void response.writeHead(200, EVENTS)),
      { options: { requestId: false } },
    );

    await leaveAfterFirst(cell, { accept: 'text/event-stream' });

    expect(cell.lines).toEqual(['INFO GET /events 200']);
  });

  it('is not slow, however long it lasts', async () => {
    const events = stream((response) => void response.writeHead(200, EVENTS));
    const cell = await kind.start(besideSlow(events), { options: { slowMs: SLOW_MS } });
    const client = await RawClient.connect(cell.port);
    client.send(head('GET /events'));
    await client.sees('data: first');
    await slowMsAreOver(cell);

    client.leave('closes');
    await cell.settled();

    expect(cell.lines).toEqual(['INFO GET /events 200']);
  });

  it('is slow where it begins late', async () => {
    const cell = await kind.start(
      async (_request, response, log) => {
        log.debug('before');
        await expect.poll(() => cell.lines).toEqual(['* DEBUG before']);
        response.writeHead(200, EVENTS).write('data: first\n\n');
      },
      { options: { slowMs: SLOW_MS } },
    );

    await leaveAfterFirst(cell);

    expect(cell.lines).toEqual(['* DEBUG before', 'INFO GET /events 200']);
  });

  it('is left where it is of another kind', async () => {
    const cell = await kind.start((_request, response, log) => {
      log.debug('before');
      response.once('close', () => response.end());
      response.writeHead(200, PLAIN_TEXT).write('data: first\n\n');
    });

    await leaveAfterFirst(cell);

    expect(cell.lines).toEqual(['WARNING GET /events aborted']);
  });

  it('has failed where an Error cut it', async () => {
    const cell = await kind.start((_request, response, log) => {
      log.debug('before');
      response.writeHead(200, EVENTS).write('data: first\n\n');
      setImmediate(() => response.destroy(new Error('source gone')));
    });
    const client = await RawClient.connect(cell.port);
    client.send(head('GET /events'));
    await cell.settled();

    expect(cell.lines).toEqual(['* DEBUG before', 'ERROR !source gone', 'ERROR GET /events aborted']);
  });

  it('is written when its handler fails after the client has left', async () => {
    const cell = await kind.start(async (_request, response, log) => {
      log.debug('before');
      response.writeHead(200, EVENTS).write('data: first\n\n');
      await once(response, 'close');
      await new Promise((resolve) => setImmediate(resolve));
      throw new Error('cannot unsubscribe');
    });

    await leaveAfterFirst(cell);
    await expect.poll(() => cell.lines).toContain('ERROR !cannot unsubscribe');

    expect(cell.lines).toEqual(['INFO GET /events 200', '* DEBUG before', 'ERROR !cannot unsubscribe']);
  });
});

/** How libraries for WebSockets hand an upgraded connection to the routes of an application. */
const HANDED_ON: readonly [string, (request: IncomingMessage, socket: Socket) => ServerResponse][] = [
  [
    'a response on its socket',
    (request, socket) => {
      const response = new ServerResponse(request);
      response.assignSocket(socket);
      return response;
    },
  ],
  ['a response without a socket', (request) => new ServerResponse(request)],
];

describe('An upgraded connection', () => {
  it.each(HANDED_ON)('has come to its end when its client leaves: %s', async (_how, responseFor) => {
    const chat: Handle = (request, _response, log) => {
      log.debug('before');
      request.socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: chat\r\n\r\n',
      );
    };
    const cell = await EXPRESS_5.start(besideSlow(chat), { options: { slowMs: SLOW_MS } });
    cell.server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
      // What a library for WebSockets does when its peer has gone.
      socket.resume().once('end', () => socket.destroy());
      cell.server.emit('request', request, responseFor(request, socket));
    });
    const client = await RawClient.connect(cell.port);
    client.send(head('GET /chat', { connection: 'upgrade', upgrade: 'chat' }));
    await client.sees('101');
    await slowMsAreOver(cell);

    client.leave('closes');
    await cell.settled();

    expect(cell.lines).toEqual(['INFO GET /chat 101']);
  });

  it('that nobody upgrades is a request like any other', async () => {
    const cell = await EXPRESS_5.start((_request, response) => {
      response.once('close', () => response.end());
      response.write('data: first');
    });
    const client = await RawClient.connect(cell.port);
    client.send(head('GET /chat', { connection: 'upgrade', upgrade: 'chat' }));
    await client.sees('data: first');
    client.leave('closes');
    await cell.settled();

    expect(cell.lines).toEqual(['WARNING GET /chat aborted']);
  });
});
