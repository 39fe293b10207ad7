/** When the scope of a request ends, and what is left on its connection, over HTTP/1 and HTTP/2. */
import { once } from 'node:events';
import { Agent, createServer, type RequestListener } from 'node:http';
import { constants } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { compileScopeOptions } from '../../../lib/scope/compile-options';
import { stats } from '../../../lib/scope/counts';
import { scopeOf } from '../../../lib/scope/current';
import { openHttpScope } from '../../../lib/scope/http/open';
import type { LogScope } from '../../../lib/scope/scope';
import { head, RawClient } from '../../support/raw-client';
import { until } from '../../support/until';
import { scopedHttp2Server, scopedServer } from '../http-server';
import { scopeTree } from '../scope-tree';

function agent(): Agent {
  const one = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => one.destroy());
  return one;
}

describe('a connection that is kept alive', () => {
  it('settles each of its requests by its own answer', async () => {
    const tree = scopeTree();
    const server = await scopedServer(tree, (request, response) => {
      tree.log.debug('context');
      response.statusCode = request.url === '/fails' ? 503 : 200;
      response.end();
    });
    const options = { agent: agent() };
    const before = stats().scopes;
    for (const path of ['/1', '/fails', '/2', '/fails']) await server.get(path, options);
    await until(() => server.scopes.every((scope) => scope?.settled));

    expect(stats().scopes).toMatchObject({ opened: before.opened + 4, settled: before.settled + 4 });
    expect(tree.messages.map((text) => text.replace(/ \d+ ms$/, ''))).toEqual([
      'GET /1 200',
      'context',
      'GET /fails 503',
      'GET /2 200',
      'context',
      'GET /fails 503',
    ]);
  });

  it('ends a request that is cut before those hear of it that have listened before', async () => {
    const tree = scopeTree();
    const place = { options: compileScopeOptions({}), tree: tree.manager };
    const settled: unknown[] = [];
    const scopes: LogScope[] = [];
    // As OpenTelemetry does, which ends the span of the request there.
    const listener: RequestListener = (request, response) => {
      response.once('close', () => settled.push(scopeOf(request)?.settled));
      const scope = openHttpScope(request, response, place);
      if (scope === undefined) return;
      scopes.push(scope);
      if (request.url === '/answered') {
        response.end();
      } else {
        scope.fail(new Error('boom'));
        response.write('the first part');
      }
    };
    const server = createServer(listener).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    for (const earlier of [0, 2]) {
      const client = await RawClient.connect(port);
      for (let i = 1; i <= earlier; i++) {
        client.send(head('GET /answered'));
        await client.answers(i);
      }
      client.send(head('GET /cut'));
      await client.sees('the first part');
      client.leave('closes');
      await until(() => scopes.at(-1)?.settled);
    }
    await until(() => settled.length === scopes.length);

    expect(settled).toEqual([true, true, true, true]);
  });

  it('gets one listener from us; a response gets two on the first request and none after that', async () => {
    const counted: Record<'plain' | 'scoped', number[][]> = { plain: [], scoped: [] };
    const count =
      (into: number[][]): RequestListener =>
      ({ socket }, response) => {
        const events = ['finish', 'close', 'error', 'unpipe', 'drain'];
        into.push([
          events.reduce((sum, event) => sum + response.listenerCount(event), 0),
          events.reduce((sum, event) => sum + socket.listenerCount(event), 0),
        ]);
        response.end();
      };
    const plain = createServer(count(counted.plain)).listen(0, '127.0.0.1');
    onTestFinished(() => void plain.close());
    await once(plain, 'listening');
    const scoped = await scopedServer(scopeTree(), count(counted.scoped));
    for (const port of [(plain.address() as AddressInfo).port, scoped.port]) {
      const client = await RawClient.connect(port);
      for (let i = 1; i <= 20; i++) {
        client.send(head('GET /'));
        await client.answers(i);
      }
    }

    const ours = counted.scoped.map((counts, at) => counts.map((n, i) => n - (counted.plain[at]?.[i] ?? 0)));
    expect(ours).toEqual([[2, 0], ...Array(19).fill([0, 1])]);
  });

  it('settles pipelined requests by their own answers, and needs one listener however many wait', async () => {
    const tree = scopeTree();
    const answers = new Map<string, () => void>();
    const listeners: number[] = [];
    const server = await scopedServer(tree, (request, response) => {
      listeners.push(request.socket.listenerCount('close'));
      answers.set(String(request.url), () => {
        response.statusCode = request.url === '/2' ? 404 : 200;
        response.end();
      });
    });
    const client = await server.connect();
    client.send(['/1', '/2', '/3', '/4'].map((path) => head(`GET ${path}`)).join(''));
    await until(() => answers.size === 4);
    for (const path of ['/4', '/2', '/3']) answers.get(path)?.();
    await nextTurn();
    expect(server.scopes.map((scope) => scope?.settled)).toEqual([false, false, false, false]);
    const [first = 0, ...others] = listeners;
    expect(others).toEqual([first + 1, first + 1, first + 1]);
    answers.get('/1')?.();
    await client.answers(4);
    await until(() => server.scopes.every((scope) => scope?.settled));

    expect(tree.messages.map((text) => text.replace(/ \d+ ms$/, ''))).toEqual([
      'GET /1 200',
      'GET /2 404',
      'GET /3 200',
      'GET /4 200',
    ]);
  });
});

describe('a request over HTTP/2', () => {
  it('settles when its answer is out, and adds no listeners to its session', async () => {
    const tree = scopeTree();
    const listeners: number[] = [];
    const server = await scopedHttp2Server(tree, (request, response) => {
      const { session } = request.stream;
      listeners.push(session?.eventNames().reduce((sum, name) => sum + session.listenerCount(name), 0) ?? 0);
      response.statusCode = 404;
      response.end();
    });
    for (let i = 0; i < 5; i++) await once(server.request('/orders').resume(), 'close');
    await until(() => server.scopes.every((scope) => scope?.settled));

    expect(tree.messages).toEqual(Array(5).fill(expect.stringMatching(/^GET \/orders 404 /)));
    expect(new Set(listeners).size).toBe(1);
  });

  it('waits for its work when the client resets its stream', async () => {
    const tree = scopeTree();
    let answer: (() => void) | undefined;
    const server = await scopedHttp2Server(tree, (_request, response) => {
      answer = () => response.end('late');
    });
    const stream = server.request('/slow');
    await until(() => answer);

    stream.close(constants.NGHTTP2_CANCEL);
    await until(() => server.scopes[0]?.isAbandoned);
    answer?.();

    expect(server.scopes[0]?.settled).toBe(true);
    expect(tree.messages).toEqual([expect.stringMatching(/^GET \/slow aborted /)]);
  });
});
