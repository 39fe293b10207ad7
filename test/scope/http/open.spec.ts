/** Opening the scope of an HTTP request, over a real server and real sockets. */
import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { currentScope, scopeOf } from '../../../lib/scope/current';
import { openHttpScope } from '../../../lib/scope/http/open';
import { compileScopeOptions } from '../../../lib/scope/compile-options';
import { capturedStderr } from '../../support/captured-stderr';
import { head } from '../../support/raw-client';
import { until } from '../../support/until';
import { scopedServer } from '../http-server';
import { reasons, scopeTree } from '../scope-tree';

const UUID = /^[0-9a-f-]{36}$/;

describe('openHttpScope', () => {
  it('writes nothing but the request record for a success', async () => {
    const tree = scopeTree();
    const server = await scopedServer(tree, (_request, response) => {
      tree.log.debug('context');
      response.end('ok');
    });

    await server.get('/orders?secret=1');
    await until(() => tree.messages.length > 0);

    expect(tree.messages).toEqual([expect.stringMatching(/^GET \/orders 200 \d+ ms$/)]);
  });

  it('writes what was held, the Error and the request record when the work throws', async () => {
    const tree = scopeTree();
    const error = new Error('boom');
    const server = await scopedServer(tree, () => {
      tree.log.debug('context');
      throw error;
    });

    await server.get('/orders');
    await until(() => tree.messages.length === 3);

    expect(tree.messages).toEqual([
      'context',
      'GET /orders failed',
      expect.stringMatching(/^GET \/orders 500 \d+ ms$/),
    ]);
    expect(tree.target.records.map(({ name }) => name)).toEqual(['shop', 'http', 'http']);
    expect(tree.target.records[1]?.excInfo).toBe(error);
    expect(reasons(tree.target.records)).toEqual(['error', undefined, undefined]);
  });

  it('writes what was held when the work answers 503 itself', async () => {
    const tree = scopeTree();
    const server = await scopedServer(tree, (_request, response) => {
      tree.log.debug('context');
      response.writeHead(503).end();
    });

    await server.get('/orders');
    await until(() => tree.messages.length === 2);

    expect(reasons(tree.target.records)).toEqual(['status 503', undefined]);
  });

  it('opens no scope for the mock of a unit test, which has no events, and reports nothing', () => {
    const { manager: tree } = scopeTree();
    const stderr = capturedStderr();
    const request = { method: 'GET', url: '/', headers: {} };

    expect(openHttpScope(request as never, {} as never, { options: compileScopeOptions({}), tree })).toBe(
      undefined,
    );
    expect(stderr.text).toBe('');
  });

  it('writes nothing that a 404 logged below INFO', async () => {
    const tree = scopeTree();
    const server = await scopedServer(tree, (_request, response) => {
      tree.log.debug('context');
      response.writeHead(404).end();
    });

    await server.get('/nothing');
    await until(() => tree.messages.length > 0);

    expect(tree.messages).toEqual([expect.stringContaining('404')]);
  });

  it('gives records the ids of the request, and echoes the request id', async () => {
    const tree = scopeTree();
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const server = await scopedServer(tree, (_request, response) => {
      tree.log.info('hello');
      response.end();
    });

    const { headers } = await server.get('/', {
      headers: { 'x-request-id': 'r-1', traceparent: `00-${trace}-00f067aa0ba902b7-01` },
    });

    expect(headers['x-request-id']).toBe('r-1');
    expect(tree.target.records[0]?.context?.fields).toEqual({
      requestId: 'r-1',
      traceId: trace,
      parentSpanId: '00f067aa0ba902b7',
    });
  });

  it('passes the ids on to the services that the request calls, from scopes inside as well', async () => {
    const tree = scopeTree();
    const asked: IncomingHttpHeaders[] = [];
    const stock = await scopedServer(tree, (request, response) => {
      asked.push(request.headers);
      response.end();
    });
    const shop = await scopedServer(tree, async (_request, response) => {
      await tree.run({}, () => stock.get('/stock', { headers: { ...currentScope()?.headers() } }));
      response.end();
    });
    const ids = {
      'x-request-id': 'r-1',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      tracestate: 'vendor=x',
    };

    await shop.get('/', { headers: ids });

    expect(asked[0]).toMatchObject(ids);
  });

  it('makes an id when none came, and sends it in the header that the options name', async () => {
    const tree = scopeTree();
    const server = await scopedServer(tree, (_request, response) => response.end(), {
      requestId: 'X-Correlation-Id',
    });

    const { headers } = await server.get('/');

    expect(headers['x-correlation-id']).toMatch(UUID);
    expect(headers['x-request-id']).toBeUndefined();
  });

  it('sends no id when it is switched off', async () => {
    const tree = scopeTree();
    const server = await scopedServer(tree, (_request, response) => response.end(), { requestId: false });

    expect((await server.get('/')).headers['x-request-id']).toBeUndefined();
    expect(server.scopes[0]?.fields).toEqual({});
  });

  it('opens no scope for what is excluded', async () => {
    const tree = scopeTree();
    const answer = (_request: unknown, response: { end(): unknown }): unknown => response.end();
    const byPath = await scopedServer(tree, answer, { exclude: ['/health', /\.css$/] });
    const byPredicate = await scopedServer(tree, answer, { exclude: ({ method }) => method === 'HEAD' });

    await byPath.get('/health/live?x');
    await byPath.get('/a/b.css');
    await byPath.get('/healthy');
    await byPredicate.get('/', { method: 'HEAD' });
    await byPredicate.get('/');

    expect(byPath.scopes.map((scope) => scope !== undefined)).toEqual([false, false, true]);
    expect(byPredicate.scopes.map((scope) => scope !== undefined)).toEqual([false, true]);
  });

  it('writes everything at once for a request that is forced', async () => {
    const tree = scopeTree();
    const server = await scopedServer(
      tree,
      (_request, response) => {
        tree.log.debug('context');
        response.end();
      },
      { force: ({ headers }) => headers['x-debug'] === 'secret' },
    );

    await server.get('/', { headers: { 'x-debug': 'secret' } });
    await server.get('/');
    await until(() => tree.messages.length === 3);

    expect(tree.messages.filter((message) => message === 'context')).toHaveLength(1);
  });

  it('serves the request all the same when a predicate of the options throws', async () => {
    const tree = scopeTree();
    const fails = (): never => {
      throw new Error('predicate failed');
    };
    const server = await scopedServer(tree, (_request, response) => response.end('ok'), {
      exclude: fails,
      force: fails,
      flushOn: fails,
    });

    expect(await server.get('/')).toMatchObject({ status: 200, body: 'ok' });
    await until(() => server.scopes[0]?.settled);
  });

  it('opens one scope when the middleware is mounted twice', async () => {
    const tree = scopeTree();
    const init = { options: compileScopeOptions({ dumpRecord: false }), tree: tree.manager };
    const server = await scopedServer(tree, (request, response, scope) => {
      expect(openHttpScope(request, response, init)).toBe(scope);
      response.end();
    });

    await server.get('/');
    await until(() => tree.messages.length > 0);

    expect(tree.messages).toHaveLength(1);
  });

  it('writes nothing for a status that is excluded on its path', async () => {
    const tree = scopeTree();
    const server = await scopedServer(
      tree,
      (_request, response) => {
        tree.log.debug('context');
        response.writeHead(503).end();
      },
      { excludeStatus: [{ 503: ['/probe'] }] },
    );

    await server.get('/probe/1?x');
    await until(() => tree.messages.length === 1);
    await server.get('/orders');
    await until(() => tree.messages.length === 3);

    expect(tree.messages[1]).toBe('context');
  });

  it('serves several requests on one connection without mixing their scopes', async () => {
    const tree = scopeTree();
    const server = await scopedServer(tree, async (request, response) => {
      tree.log.debug(`before ${request.url}`);
      await Promise.resolve();
      expect(currentScope()).toBe(scopeOf(request));
      if (request.url === '/2') throw new Error('boom');
      response.end('x');
    });

    const client = await server.connect();
    const ids = { 'x-request-id': 'same' };
    client.send(head('GET /1', ids) + head('GET /2', ids) + head('GET /3', ids));
    await client.answers(3);
    await until(() => server.scopes.every((scope) => scope?.settled));

    expect(new Set(server.scopes).size).toBe(3);
    expect(tree.messages.filter((message) => message.startsWith('before'))).toEqual(['before /2']);
  });

  it.each([
    ['GET http://user:pass@h/abs?token=1', 'GET /abs'],
    ['GET //user:pass@host/x', 'GET /x'],
    ['POST https://user:pass@h:8443', 'POST /'],
    ['OPTIONS *', 'OPTIONS *'],
  ])('writes the path, and no user or password, of %s', async (line, titled) => {
    const tree = scopeTree();
    const server = await scopedServer(
      tree,
      (_request, response) => {
        tree.log.debug('context');
        response.writeHead(503).end();
      },
      { dumpRecord: true },
    );

    const client = await server.connect();
    client.send(head(line));
    await until(() => tree.messages.length === 3);

    expect(server.scopes[0]?.title).toBe(titled);
    expect(tree.messages.at(0)?.startsWith(`${titled} after `)).toBe(true);
    expect(tree.target.records.at(-1)?.extra).toMatchObject({ path: titled.split(' ')[1] });
    expect(JSON.stringify(tree.target.records.map(({ extra }) => extra)) + tree.messages.join()).not.toMatch(
      /user|pass|token/,
    );
  });
});
