/** The scope of an HTTP request, over a real server and real sockets. */
import { once } from 'node:events';
import { IncomingMessage, ServerResponse, type IncomingHttpHeaders } from 'node:http';
import { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { stats } from '../../lib/scope/scope-registry';
import { currentScope, scopeOf } from '../../lib/scope/scope-storage';
import { openHttpScope, requestPath } from '../../lib/scope/http-scope';
import { compileScopeOptions } from '../../lib/scope/scope-options';
import { capturedStderr } from '../support/captured-stderr';
import { until } from '../support/until';
import { scopedServer } from './http-server';
import { reasons, scopeTree } from './scope-tree';

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

  it('writes by status when a 503 is sent by hand', async () => {
    const tree = scopeTree();
    const server = await scopedServer(tree, (_request, response) => {
      tree.log.debug('context');
      response.writeHead(503).end();
    });

    await server.get('/orders');
    await until(() => tree.messages.length === 2);

    expect(reasons(tree.target.records)).toEqual(['status 503', undefined]);
  });

  it('opens none for the mock of a unit test, which cannot tell its end, and says nothing', () => {
    const { manager: tree } = scopeTree();
    const stderr = capturedStderr();
    const request = { method: 'GET', url: '/', headers: {} };

    expect(openHttpScope(request as never, {} as never, { options: compileScopeOptions({}), tree })).toBe(
      undefined,
    );
    expect(stderr.text).toBe('');
  });

  it('holds back what a 404 logged', async () => {
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

  it('hands the ids on to what the request calls, from scopes inside as well', async () => {
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

  it('makes an id when none came, under the name that the options give', async () => {
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

  it('keeps the scope of a request when the middleware is mounted twice', async () => {
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

  it('keeps no way to an injected response that is finished after it was closed', () => {
    const tree = scopeTree();
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    const init = { options: compileScopeOptions({}), tree: tree.manager };
    const scope = openHttpScope(response.req, response, init);
    response.end();
    response.emit('close');
    response.emit('finish');

    expect(scope).toMatchObject({ settled: true, onExit: undefined });
  });

  it('writes no request record when it is switched off', async () => {
    const tree = scopeTree();
    const server = await scopedServer(tree, (_request, response) => response.end(), { requestRecord: false });

    await server.get('/');
    await until(() => server.scopes[0]?.settled);

    expect(tree.messages).toEqual([]);
  });

  it('writes the request record of a success that held everything', async () => {
    const tree = scopeTree();
    tree.target.setLevel('INFO');
    const server = await scopedServer(
      tree,
      (_request, response) => {
        tree.log.debug('low');
        tree.log.info('middle');
        response.end();
      },
      { passThroughLevel: null },
    );

    await server.get('/');
    await until(() => server.scopes[0]?.settled);

    expect(tree.messages).toEqual(['middle', expect.stringMatching(/^GET \/ 200/)]);
  });

  it('applies a veto by status and path', async () => {
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

  describe('when the client leaves', () => {
    it('waits for nothing more where a stream is piped into the response: that is the answer', async () => {
      const tree = scopeTree();
      const source = new PassThrough();
      const server = await scopedServer(tree, (_request, response) => {
        tree.log.debug('context');
        source.pipe(response);
        source.write('the first part');
      });
      const socket = await server.connect();
      socket.write('GET /file HTTP/1.1\r\nHost: shop\r\n\r\n');
      await once(socket, 'data');

      socket.destroy();
      await until(() => tree.messages.length > 0);

      expect(tree.messages).toEqual([expect.stringMatching(/^GET \/file aborted \d+ ms$/)]);
    });

    it('discards what was held if the work then succeeds, and says aborted', async () => {
      const tree = scopeTree();
      let answer: (() => void) | undefined;
      const server = await scopedServer(tree, (_request, response) => {
        tree.log.debug('context');
        answer = () => response.end('late');
      });

      const socket = await server.connect();
      socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
      await until(() => answer);
      socket.destroy();
      await until(() => scopeSocketClosed(server.scopes[0]));
      expect(tree.messages).toEqual([]);
      answer?.();
      await until(() => tree.messages.length > 0);

      expect(tree.messages).toEqual([expect.stringMatching(/^GET \/slow aborted \d+ ms$/)]);
      expect(tree.target.records[0]?.levelname).toBe('WARNING');
    });

    it("writes it with onAbort 'dump'", async () => {
      const tree = scopeTree();
      let answer: (() => void) | undefined;
      const server = await scopedServer(
        tree,
        (_request, response) => {
          tree.log.debug('context');
          answer = () => response.end('late');
        },
        { onAbort: 'dump' },
      );

      const socket = await server.connect();
      socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
      await until(() => answer);
      socket.destroy();
      await until(() => scopeSocketClosed(server.scopes[0]));
      answer?.();
      await until(() => tree.messages.length === 2);

      expect(reasons(tree.target.records)).toEqual(['aborted', undefined]);
    });

    it('waits for the work, and writes what was held if it then fails', async () => {
      const tree = scopeTree();
      let fail: ((error: Error) => void) | undefined;
      const server = await scopedServer(tree, () => {
        tree.log.debug('context');
        return new Promise((_resolve, reject) => {
          fail = reject;
        });
      });

      const socket = await server.connect();
      socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
      await until(() => fail);
      socket.destroy();
      await until(() => scopeSocketClosed(server.scopes[0]));
      expect(server.scopes[0]?.settled).toBe(false);
      fail?.(new Error('boom'));
      await until(() => tree.messages.length === 3);

      expect(tree.messages.slice(0, 2)).toEqual(['context', 'GET /slow failed']);
      expect(tree.messages[2]).toMatch(/^GET \/slow aborted/);
    });

    it('writes what was held if the Error came before', async () => {
      const tree = scopeTree();
      let started = false;
      const server = await scopedServer(tree, (_request, response, scope) => {
        tree.log.debug('context');
        response.write('first bytes');
        scope?.fail(new Error('boom'));
        started = true;
      });

      const socket = await server.connect();
      socket.write('GET /cut HTTP/1.1\r\nHost: x\r\n\r\n');
      await until(() => started);
      socket.destroy();
      await until(() => tree.messages.length === 3);

      expect(tree.messages.slice(0, 2)).toEqual(['context', 'GET /cut failed']);
    });
  });

  it('writes what a 200 held that breaks after its first byte', async () => {
    const tree = scopeTree();
    const server = await scopedServer(tree, (_request, response) => {
      tree.log.debug('context');
      response.write('first');
      response.destroy();
      throw new Error('broke off');
    });

    await expect(server.get('/stream')).rejects.toThrow(/aborted|socket hang up|ECONNRESET/);
    await until(() => tree.messages.length === 3);

    expect(tree.messages[1]).toBe('GET /stream failed');
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

    const socket = await server.connect();
    let received = '';
    socket.setEncoding('utf8').on('data', (text: string) => (received += text));
    const lines = ['/1', '/2', '/3'].map(
      (path) => `GET ${path} HTTP/1.1\r\nHost: x\r\nx-request-id: same\r\n\r\n`,
    );
    socket.write(lines.join(''));
    await until(() => received.split('HTTP/1.1 ').length === 4);
    await until(() => server.scopes.every((scope) => scope?.settled));

    expect(new Set(server.scopes).size).toBe(3);
    expect(tree.messages.filter((message) => message.startsWith('before'))).toEqual(['before /2']);
  });

  it.each([
    ['GET http://user:pass@h/abs?token=1', 'GET /abs'],
    ['GET //user:pass@host/x', 'GET /x'],
    ['POST https://user:pass@h:8443', 'POST /'],
    ['OPTIONS *', 'OPTIONS *'],
  ])('writes the path and no user or password of %s', async (line, titled) => {
    const tree = scopeTree();
    const server = await scopedServer(
      tree,
      (_request, response) => {
        tree.log.debug('context');
        response.writeHead(503).end();
      },
      { dumpRecord: true },
    );

    const socket = await server.connect();
    socket.write(`${line} HTTP/1.1\r\nHost: h\r\n\r\n`);
    await until(() => tree.messages.length === 3);

    expect(server.scopes[0]?.title).toBe(titled);
    expect(tree.messages.at(0)?.startsWith(`${titled} after `)).toBe(true);
    expect(tree.target.records.at(-1)?.extra).toMatchObject({ path: titled.split(' ')[1] });
    expect(JSON.stringify(tree.target.records.map(({ extra }) => extra)) + tree.messages.join()).not.toMatch(
      /user|pass|token/,
    );
  });

  it('counts a request that ended', async () => {
    const tree = scopeTree();
    const before = stats().scopes;
    const server = await scopedServer(tree, (_request, response) => response.end());

    await server.get('/');
    await until(() => stats().scopes.live === before.live && stats().scopes.opened === before.opened + 1);

    expect(stats().scopes.settled).toBe(before.settled + 1);
  });

  it('logs its own records to the logger it is given', async () => {
    const tree = scopeTree();
    const response = {
      statusCode: 200,
      headersSent: true,
      writableEnded: true,
      setHeader() {},
      getHeader() {},
      end() {},
    };
    const listeners: Record<string, () => void> = {};
    const listen = (event: string, listener: () => void): unknown => (listeners[event] = listener);
    openHttpScope(
      { method: 'GET', url: '/x', headers: {} },
      { ...response, once: listen, prependOnceListener: listen },
      {
        options: compileScopeOptions({ dumpRecord: false }),
        tree: tree.manager,
        logger: tree.manager.getLogger('shop.http'),
      },
    );
    listeners['finish']?.();
    listeners['close']?.();

    expect(tree.target.records.map(({ name }) => name)).toEqual(['shop.http']);
  });
});

describe('requestPath', () => {
  it('leaves the query out and prefers the url before routing', () => {
    expect(requestPath({ url: '/a?token=1', headers: {} })).toBe('/a');
    expect(requestPath({ url: '/1', originalUrl: '/orders/1?x', headers: {} })).toBe('/orders/1');
    expect(requestPath({ headers: {} })).toBe('');
  });

  it.each([
    ['http://user:pass@h/abs', '/abs'],
    ['HTTPS://user:pass@h:8443/abs?token=1', '/abs'],
    ['http://user:pass@h?token=1', '/'],
    ['http://user:pass@h', '/'],
    ['ws://user:pass@[::1]:80/a/b', '/a/b'],
    ['//user:pass@host/x', '/x'],
    ['///user:pass@host/x?token=1', '/x'],
    ['//user:p%40ss@host', '/'],
    ['/\\user:pass@host/x', '/x'],
    ['user:pass@h:443', ''],
    ['user:pass@h/x', '/x'],
    ['h:443', ''],
    ['/login#access_token=secret', '/login'],
  ])('is the path only, of %s', (url, path) => {
    expect(requestPath({ url, headers: {} })).toBe(path);
  });

  it.each(['*', '/', '//orders//1', '/@scope/package', '/orders/a@b.example', '/http://user@h/x'])(
    'is %s itself, which names no server',
    (url) => {
      expect(requestPath({ url, headers: {} })).toBe(url);
    },
  );
});

/** The server has seen that the client is gone: the scope waits for the work. */
function scopeSocketClosed(scope: { onFailure: unknown } | undefined): boolean {
  return scope?.onFailure !== undefined;
}
