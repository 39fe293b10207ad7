/** Concurrent requests, on the same connection, with the same id: each has its own records. */
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import type { Request } from 'express';
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../../lib/core/log-record';
import { errorLogs, requestLogs } from '../../../lib/express';
import { currentScope } from '../../../lib/scope/current';
import { until } from '../../support/until';
import { VERSIONS } from './express-versions';
import { line, Trial } from './trial';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACEPARENT = `00-${TRACE_ID}-00f067aa0ba902b7-01`;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const requestId = (record: LogRecord): unknown => record.context?.fields['requestId'];

function get(url: string, agent: Agent, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { agent, headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    })
      .on('error', reject)
      .end();
  });
}

describe.each(VERSIONS)('$name', (version) => {
  it('dumps only the one request in fifty that fails', async () => {
    let waiting = 0;
    let release = (): void => {};
    const allHere = new Promise<void>((resolve) => {
      release = resolve;
    });
    const trial = await Trial.start(version, {
      routes: (app, { log, express }) =>
        app.get(
          '/orders/:id',
          express.waitsFor(async (request, response) => {
            const { id } = request.params;
            log.debug('reading %s', id);
            if (++waiting === 50) release();
            await allHere;
            log.debug('read %s', id);
            if (id === '13') throw new Error('refused');
            response.send('ok');
          }),
        ),
    });

    const statuses = await Promise.all(
      Array.from({ length: 50 }, async (_, id) => {
        const response = await fetch(`${trial.url}/orders/${id}`, { headers: { 'x-request-id': `r-${id}` } });
        return response.status;
      }),
    );
    await trial.settled(50);

    expect(statuses.filter((status) => status === 500)).toHaveLength(1);
    const dump = trial.seen.records.filter(({ levelno }) => levelno !== 20);
    expect(dump.map(line)).toEqual([
      '* DEBUG reading 13',
      '* DEBUG read 13',
      'ERROR GET /orders/13 failed: refused',
      'ERROR GET /orders/13 500',
    ]);
    expect(new Set(dump.map(requestId))).toEqual(new Set(['r-13']));
    expect(dump.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  it('keeps the requests of one kept-alive connection apart', async () => {
    const trial = await Trial.start(version, {
      routes: (app, { log }) =>
        app.get('/orders/:id', (request, response) => {
          log.debug('reading %s', request.params.id);
          if (request.params.id === '3') throw new Error('refused');
          response.send('ok');
        }),
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });

    const statuses: number[] = [];
    for (let id = 0; id < 6; id++) {
      statuses.push(await get(`${trial.url}/orders/${id}`, agent, { 'x-request-id': `r-${id}` }));
    }
    await trial.settled(6);
    agent.destroy();

    expect(statuses).toEqual([200, 200, 200, 500, 200, 200]);
    expect(trial.lines.filter((text) => text.startsWith('*'))).toEqual(['* DEBUG reading 3']);
  });

  it('keeps pipelined requests apart when the first is the slowest and fails', async () => {
    let release = (): void => {};
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    const trial = await Trial.start(version, {
      routes: (app, { log, express }) => {
        app.get(
          '/slow',
          express.waitsFor(async () => {
            log.debug('slow begins');
            await slow;
            log.debug('slow goes on');
            throw new Error('slow fails');
          }),
        );
        app.get('/fast', (_request, response) => {
          log.debug('fast');
          response.send('ok');
          release();
        });
      },
    });

    const socket = connect(trial.port, '127.0.0.1');
    let received = '';
    socket.setEncoding('utf8').on('data', (text: string) => (received += text));
    socket.write(
      'GET /slow HTTP/1.1\r\nhost: a\r\n\r\nGET /fast HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
    );
    await once(socket, 'close');
    await trial.settled(2);

    expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 500', 'HTTP/1.1 200']);
    expect(trial.lines.filter((text) => text.includes('slow') || text.includes('fast'))).toEqual([
      '* DEBUG slow begins',
      '* DEBUG slow goes on',
      'ERROR GET /slow failed: slow fails',
      'ERROR GET /slow 500',
      'INFO GET /fast 200',
    ]);
  });

  it('keeps two requests with the same id apart', async () => {
    const trial = await Trial.start(version, {
      routes: (app, { log }) =>
        app.get('/orders/:id', (request, response) => {
          log.debug('reading %s', request.params.id);
          response.sendStatus(request.params.id === '1' ? 500 : 200);
        }),
    });

    await Promise.all(
      ['1', '2'].map((id) => fetch(`${trial.url}/orders/${id}`, { headers: { 'x-request-id': 'the-same' } })),
    );
    await trial.settled(2);

    expect(trial.lines.filter((text) => text.startsWith('*'))).toEqual(['* DEBUG reading 1']);
    expect(new Set(trial.seen.records.map((record) => record.context?.id)).size).toBe(2);
  });

  it('writes what is logged outside of requests by the pass-through level', async () => {
    const trial = await Trial.start(version, { routes: () => {} });

    trial.log.debug('start-up detail');
    trial.log.info('listening');

    expect(trial.lines).toEqual(['INFO listening']);
    expect(trial.seen.records[0]?.seq).toBe(0);
  });

  it('opens one scope if the middleware is mounted twice', async () => {
    const trial = await Trial.start(version, {
      routes: (app, { manager, seen, ...trial }) => {
        app.use(requestLogs({ target: seen, logger: manager.root }));
        app.get('/case', () => {
          trial.log.debug('before');
          throw new Error('refused');
        });
        app.use(errorLogs());
      },
    });

    await fetch(`${trial.url}/case`);
    await trial.settled();

    expect(trial.lines).toEqual(['* DEBUG before', 'ERROR GET /case failed: refused', 'ERROR GET /case 500']);
    expect(trial.manager.root.handlers).toHaveLength(1);
  });

  it('opens no scope for excluded paths and everything below', async () => {
    const trial = await Trial.start(version, {
      routes: (app, trial) =>
        app.use(() => {
          trial.logRecords();
          throw new Error('refused');
        }),
      options: { exclude: ['/health', /^\/metrics/] },
    });

    const answers = await Promise.all(
      ['/health', '/health/db?full=1', '/metrics-all'].map((path) => fetch(trial.url + path)),
    );
    await fetch(`${trial.url}/healthy`);
    await trial.settled();

    expect(answers.map(({ status }) => status)).toEqual([500, 500, 500]);
    expect(answers.map(({ headers }) => headers.get('x-request-id'))).toEqual([null, null, null]);
    expect(trial.lines).toEqual([
      'INFO now',
      'INFO now',
      'INFO now',
      'INFO now',
      '* DEBUG before',
      '* DEBUG after',
      'ERROR GET /healthy failed: refused',
      'ERROR GET /healthy 500',
    ]);
  });

  it('matches an excluded path in every form that the router accepts', async () => {
    const trial = await Trial.start(version, {
      routes: (app) => app.get('/health', (_request, response) => response.send('up')),
      options: { exclude: ['/health/'] },
    });
    const ask = async (target: string): Promise<string> => {
      const socket = connect(trial.port, '127.0.0.1');
      let received = '';
      socket.setEncoding('latin1').on('data', (text: string) => (received += text));
      socket.write(`GET ${target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`);
      await once(socket, 'close');
      return `${received.slice(9, 12)} ${/x-request-id/i.test(received)}`;
    };

    const targets = [
      '/health',
      '/Health/',
      '/health?a=1',
      'http://shop.example/health',
      'http://ann:x@a/HEALTH',
    ];
    const answers = await Promise.all(targets.map(ask));

    expect(answers).toEqual(targets.map(() => '200 false'));
    expect(await ask('http://shop.example/healthy')).toBe('404 true');
  });

  it('matches an excluded path inside a mounted router', async () => {
    const trial = await Trial.start(version, {
      routes: (app, { manager, seen, express }) => {
        const router = express.express.Router();
        router.use(requestLogs({ exclude: ['/health'], target: seen, logger: manager.root }));
        router.get(['/health', '/orders'], (_request, response) =>
          response.json(currentScope() !== undefined),
        );
        app.use('/api', router);
      },
      options: { exclude: [/./] },
    });
    const ask = async (path: string): Promise<unknown> => (await fetch(trial.url + path)).json();

    expect(await Promise.all(['/api/health', '/api/orders'].map(ask))).toEqual([false, true]);
  });

  it('returns a valid request id and adds it to every record', async () => {
    const trial = await Trial.start(version, {
      routes: (app, trial) =>
        app.get('/case', (_request, response) => {
          trial.logRecords();
          response.sendStatus(500);
        }),
    });

    const { headers } = await fetch(`${trial.url}/case`, {
      headers: { 'x-request-id': 'order-13.a:b', traceparent: TRACEPARENT },
    });
    await trial.settled();

    expect(headers.get('x-request-id')).toBe('order-13.a:b');
    expect(new Set(trial.seen.records.map(requestId))).toEqual(new Set(['order-13.a:b']));
    expect(trial.seen.records.every((record) => record.context?.fields['traceId'] === TRACE_ID)).toBe(true);
  });

  it.each(['with space', 'a"b', 'x'.repeat(10_000), 'évil', ''])(
    'replaces the malformed request id %j by one of its own',
    async (inbound) => {
      const trial = await Trial.start(version, {
        routes: (app) => app.get('/case', (_, response) => response.send()),
      });

      const socket = connect(trial.port, '127.0.0.1');
      let received = '';
      socket.setEncoding('latin1').on('data', (text: string) => (received += text));
      socket.write(
        `GET /case HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-request-id: ${inbound}\r\n\r\n`,
        'latin1',
      );
      await once(socket, 'close');
      await trial.settled();

      expect(/x-request-id: (.*)\r\n/i.exec(received)?.[1]).toMatch(UUID);
    },
  );

  it('reads the request id from another header, or from none', async () => {
    const custom = await Trial.start(version, { routes: () => {}, options: { requestId: 'X-Correlation' } });
    const off = await Trial.start(version, { routes: () => {}, options: { requestId: false } });

    const answers = await Promise.all(
      [custom, off].map((trial) =>
        fetch(trial.url, { headers: { 'x-correlation': 'c-1', 'x-request-id': 'r-1' } }),
      ),
    );
    await Promise.all([custom.settled(), off.settled()]);

    expect(answers.map(({ headers }) => headers.get('x-correlation'))).toEqual(['c-1', null]);
    expect(answers.map(({ headers }) => headers.get('x-request-id'))).toEqual([null, null]);
    expect([custom, off].map((trial) => trial.seen.records.map(requestId))).toEqual([['c-1'], [undefined]]);
  });

  it('uses the id of a platform, and passes it on and returns it under the same name', async () => {
    const trial = await Trial.start(version, {
      routes: (app, trial) =>
        app.get('/case', (_request, response) => {
          trial.logRecords();
          response.status(500).json(currentScope()?.headers());
        }),
      options: { requestId: 'x-cloud-trace-context' },
    });
    const id = '105445aa7843bc8bf206b12000100000/1;o=1';

    const response = await fetch(`${trial.url}/case`, { headers: { 'x-cloud-trace-context': id } });
    const body: unknown = await response.json();
    await trial.settled();

    expect(response.headers.get('x-cloud-trace-context')).toBe(id);
    expect(body).toEqual({ 'x-cloud-trace-context': id });
    expect(new Set(trial.seen.records.map(requestId))).toEqual(new Set([id]));
  });

  it('calls a function for the id with the request of Express', async () => {
    const trial = await Trial.start(version, {
      routes: (app) => app.get('/case', (_request, response) => response.json(currentScope()?.headers())),
      options: { requestId: (request: Request) => `${request.get('X-Tenant')}/${request.path}` },
    });

    const response = await fetch(`${trial.url}/case`, { headers: { 'x-tenant': 't-7' } });
    const body: unknown = await response.json();
    await trial.settled();

    expect(response.headers.get('x-request-id')).toBe('t-7//case');
    expect(body).toEqual({ 'x-request-id': 't-7//case' });
    expect(trial.seen.records.map(requestId)).toEqual(['t-7//case']);
  });

  it.each([
    ['throws', () => boom()],
    ['forges a header', () => 'a\r\nset-cookie: x=1'],
    ['returns a promise that rejects', (async () => boom()) as unknown as () => string],
  ])('creates an id, and serves the request, if the function %s', async (_what, make) => {
    const trial = await Trial.start(version, {
      routes: (app) => app.get('/case', (_request, response) => response.send('served')),
      options: { requestId: make },
    });

    const response = await fetch(`${trial.url}/case`);
    await trial.settled();

    expect([response.status, await response.text()]).toEqual([200, 'served']);
    expect(response.headers.get('x-request-id')).toMatch(UUID);
    expect(response.headers.get('set-cookie')).toBeNull();
  });

  it('writes method, path, route, status, duration and size to the request record', async () => {
    const trial = await Trial.start(version, {
      routes: (app, { express }) => {
        const api = express.express.Router();
        api.get('/orders/:id', (_request, response) => response.send('four'));
        app.use('/api', api);
      },
    });

    await fetch(`${trial.url}/api/orders/13?token=secret`);
    await trial.settled();

    expect(trial.seen.records.map(({ extra }) => extra)).toEqual([
      {
        method: 'GET',
        path: '/api/orders/13',
        route: '/api/orders/:id',
        status: 200,
        durationMs: expect.any(Number),
        bytes: 4,
      },
    ]);
  });

  it('writes no request record if it is switched off', async () => {
    const trial = await Trial.start(version, {
      routes: (app, trial) =>
        app.get('/case', (_request, response) => {
          trial.logRecords();
          response.sendStatus(500);
        }),
      options: { requestRecord: false },
    });

    await fetch(`${trial.url}/case`);
    await until(() => trial.lines.length >= 3);

    expect(trial.lines).toEqual(['INFO now', '* DEBUG before', '* DEBUG after']);
  });

  it.each([
    ['flushOn', { flushOn: () => boom() }],
    ['exclude', { exclude: () => boom() }],
    ['force', { force: () => boom() }],
    ['snapshot', { snapshot: () => boom() }],
  ])('serves the request, and dumps it, when the function given as %s throws', async (_name, options) => {
    const trial = await Trial.start(version, {
      routes: (app, trial) =>
        app.get('/case', (_request, response) => {
          trial.log.debug('before %s', 'all');
          response.status(503).send('of the handler');
        }),
      options,
    });

    const response = await fetch(`${trial.url}/case`);
    await trial.settled();

    expect([response.status, await response.text()]).toEqual([503, 'of the handler']);
    expect(trial.lines).toEqual(['* DEBUG before all', 'ERROR GET /case 503']);
  });

  it('serves the request if it logs values that cannot be printed', async () => {
    const hostile = {
      toString(): string {
        throw new Error('hostile');
      },
    };
    const trial = await Trial.start(version, {
      routes: (app, { log }) =>
        app.get('/case', (_request, response) => {
          log.debug('%s', hostile);
          log.info('%j', 1n);
          log.debug('fine');
          log.error(() => hostile.toString());
          response.send('ok');
        }),
    });

    const response = await fetch(`${trial.url}/case`);
    await trial.settled();

    expect([response.status, await response.text()]).toEqual([200, 'ok']);
    expect(trial.lines).toEqual([
      'INFO [Throws: Do not know how to serialize a BigInt]',
      '* DEBUG [Throws: hostile]',
      '* DEBUG fine',
      'INFO GET /case 200',
    ]);
    expect(trial.seen.failures).toHaveLength(1);
  });
});

function boom(): never {
  throw new Error('option failed');
}
