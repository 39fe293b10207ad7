/** Requests over HTTP/2: many on one session, each ended or reset by itself. */
import { once } from 'node:events';
import { constants } from 'node:http2';
import { pipeline, Readable } from 'node:stream';
import { pipeline as pipe } from 'node:stream/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { hasOpenScopes } from '../../support/open-scopes';
import { until } from '../../support/until';
import { told } from './cells';
import { Http2Trial } from './http2-server';

const DUMP = ['* DEBUG before', 'ERROR !refused'];
const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR } = constants;

describe('A request over HTTP/2', () => {
  it('leaves its request record when it succeeds', async () => {
    const trial = await Http2Trial.start((_request, response, log) => {
      log.debug('before');
      response.end('ok');
    });

    expect(await trial.get('/case')).toBe(200);
    await trial.settled();

    expect(trial.lines).toEqual(['INFO GET /case 200']);
  });

  it('is written with its Error when it fails, and echoes its id', async () => {
    const trial = await Http2Trial.start((_request, _response, log) => {
      log.debug('before');
      throw new Error('refused');
    });
    const stream = trial.request('/case', { 'x-request-id': 'r-1' }).resume();
    const [headers] = (await once(stream, 'response')) as [Readonly<Record<string, unknown>>];
    await trial.settled();

    expect(headers).toMatchObject({ ':status': 500, 'x-request-id': 'r-1' });
    expect(trial.lines).toEqual([...DUMP, 'ERROR GET /case 500']);
    expect(trial.seen.records[0]?.context?.fields).toEqual({ requestId: 'r-1' });
  });

  it('is written by its status', async () => {
    const trial = await Http2Trial.start((_request, response, log) => {
      log.debug('before');
      response.writeHead(503).end();
    });
    await trial.get('/case');
    await trial.settled();

    expect(trial.lines).toEqual(['* DEBUG before', 'ERROR GET /case 503']);
  });

  it.each([
    ['CANCEL', NGHTTP2_CANCEL],
    ['INTERNAL_ERROR', NGHTTP2_INTERNAL_ERROR],
    ['NO_ERROR', NGHTTP2_NO_ERROR],
  ])('that the client resets with %s is judged by how its handler ends', async (_name, code) => {
    const arrived: unknown[] = [];
    const trial = await Http2Trial.start(async (request, response, log) => {
      log.debug('before');
      arrived.push(request.url);
      await once(response, 'close');
      log.debug('reset');
      if (request.url === '/throws') throw new Error('refused');
      if (request.url === '/logs') log.error('cannot cancel');
      response.end('nobody reads this');
    });
    const expected = {
      '/succeeds': ['WARNING GET /succeeds aborted'],
      '/throws': ['* DEBUG before', '* DEBUG reset', 'ERROR !refused', 'ERROR GET /throws aborted'],
      '/logs': ['* DEBUG before', '* DEBUG reset', 'ERROR cannot cancel', 'WARNING GET /logs aborted'],
    };
    for (const [path, lines] of Object.entries(expected)) {
      trial.seen.clear();
      const stream = trial.request(path);
      await until(() => arrived.includes(path));
      stream.close(code);
      await trial.settled();

      expect(trial.lines).toEqual(lines);
    }
  });

  it('that is reset while its response streams is no failure, however the handler streams', async () => {
    const endless = (): Readable =>
      new Readable({
        read() {
          setImmediate(() => this.push('more '));
        },
      });
    const trial = await Http2Trial.start(async (request, response, log) => {
      log.debug('before');
      if (request.url === '/pipeline') await pipe(endless(), response);
      else endless().pipe(response);
      await once(response, 'close');
      response.end();
    });
    for (const path of ['/pipeline', '/pipe']) {
      trial.seen.clear();
      const stream = trial.request(path);
      await once(stream, 'data');
      stream.close(NGHTTP2_CANCEL);
      await trial.settled();

      expect(trial.lines).toEqual([`WARNING GET ${path} aborted`]);
    }
  });

  it('that is reset by the client of a stream of events has come to its end', async () => {
    const trial = await Http2Trial.start((_request, response, log) => {
      log.debug('before');
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: first\n\n');
    });
    const stream = trial.request('/events');
    await once(stream, 'data');
    stream.close(NGHTTP2_CANCEL);
    await trial.settled();

    expect(trial.lines).toEqual(['INFO GET /events 200']);
  });

  it('that was answered is whole, though the client resets it before it has read all', async () => {
    let ended = false;
    const trial = await Http2Trial.start((_request, response, log) => {
      log.debug('before');
      // Far more than the window of a stream: the rest waits for a client that does not read.
      response.end(Buffer.alloc(5_000_000));
      ended = true;
    });
    const stream = trial.request('/case').pause();
    await once(stream, 'response');
    await until(() => ended);
    stream.close(NGHTTP2_CANCEL);
    await trial.settled();

    expect(trial.lines).toEqual(['INFO GET /case 200']);
  });

  it.each([
    ['its source breaks', (broken: Readable, response: NodeJS.WritableStream) => pipe(broken, response)],
    [
      'its source breaks and nobody is told',
      (broken: Readable, response: NodeJS.WritableStream) => void pipeline(broken, response, () => undefined),
    ],
  ])('is written when %s', async (_what, stream) => {
    const trial = await Http2Trial.start(async (_request, response, log) => {
      log.debug('before');
      const broken = Readable.from(
        (async function* () {
          yield 'first';
          await nextTurn();
          throw new Error('refused');
        })(),
      );
      await stream(broken, response);
    });
    trial.request('/case').resume();
    await trial.settled();

    expect(trial.lines).toEqual([...DUMP, 'ERROR GET /case aborted']);
  });

  it('whose body is cut is no failure when only its reader fails', async () => {
    const trial = await Http2Trial.start(async (request, response, log) => {
      log.debug('before');
      let bytes = 0;
      for await (const chunk of request) bytes += (chunk as Buffer).length;
      response.end(String(bytes));
    });
    const stream = trial.session.request({ ':path': '/case', ':method': 'POST' });
    stream.on('error', () => undefined);
    stream.write('half');
    await until(() => hasOpenScopes(trial.manager));
    // Not by close(), which ends the body first.
    stream.destroy();
    await trial.settled();

    expect(trial.lines).toEqual(['WARNING POST /case aborted']);
  });
});

describe('A session of HTTP/2', () => {
  it('does not mix its streams, of which each third fails', async () => {
    let begun = 0;
    let release: (() => void) | undefined;
    const allBegun = new Promise<void>((resolve) => (release = resolve));
    const trial = await Http2Trial.start(
      async (request, response, log) => {
        const id = Number(request.url.slice(1));
        log.debug('begins %d', id);
        if (++begun === 50) release?.();
        await allBegun;
        for (let turns = id % 5; turns > 0; turns--) await nextTurn();
        log.debug('ends %d', id);
        if (id % 3 === 0) throw new Error(`refused ${id}`);
        response.end('ok');
      },
      { maxDumpsPerSecond: false },
    );
    const ids = Array.from({ length: 50 }, (_, id) => id);
    await Promise.all(ids.map((id) => trial.get(`/${id}`, { 'x-request-id': `r-${id}` })));
    await trial.settled(50);

    for (const id of ids) {
      const mine = trial.seen.records.filter(({ context }) => context?.fields['requestId'] === `r-${id}`);
      expect(told(mine)).toEqual(
        id % 3 === 0
          ? [`* DEBUG begins ${id}`, `* DEBUG ends ${id}`, `ERROR !refused ${id}`, `ERROR GET /${id} 500`]
          : [`INFO GET /${id} 200`],
      );
    }
  });

  it('settles all its requests when it is cut', async () => {
    let release: (() => void) | undefined;
    const cut = new Promise<void>((resolve) => (release = resolve));
    let begun = 0;
    const trial = await Http2Trial.start(async (request, response, log) => {
      log.debug('before');
      begun++;
      await Promise.all([once(response, 'close'), cut]);
      if (request.url === '/bad') throw new Error('refused');
      response.end();
    });
    for (const path of ['/good', '/bad', '/good']) trial.request(path);
    await until(() => begun === 3);
    trial.session.destroy();
    release?.();
    await trial.settled(3);

    expect(trial.lines.toSorted()).toEqual(
      [
        'WARNING GET /good aborted',
        'WARNING GET /good aborted',
        ...DUMP,
        'ERROR GET /bad aborted',
      ].toSorted(),
    );
  });
});
