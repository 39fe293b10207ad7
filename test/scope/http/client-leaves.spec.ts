/** A client that leaves while its request runs, whether or not earlier requests came on its connection. */
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { LogScopeOptions } from '../../../lib/scope/options';
import type { LogScope } from '../../../lib/scope/scope';
import { head, type RawClient } from '../../support/raw-client';
import { until } from '../../support/until';
import { scopedServer, type RequestWork, type ScopedServer } from '../http-server';
import { reasons, scopeTree, type ScopeTree } from '../scope-tree';

interface Visit {
  readonly tree: ScopeTree;
  readonly client: RawClient;
  readonly scope: LogScope;
}

/** Connects, and has so many requests for `/earlier` answered on the connection. */
async function connectTo(server: ScopedServer, earlier: number): Promise<RawClient> {
  const client = await server.connect();
  for (let i = 1; i <= earlier; i++) {
    client.send(head('GET /earlier'));
    await client.answers(i);
  }
  return client;
}

/** Sends a request for `/slow`, after so many others on its connection, and waits until its work has begun. */
async function visit(earlier: number, work: RequestWork, options: LogScopeOptions = {}): Promise<Visit> {
  const tree = scopeTree();
  let scope: LogScope | undefined;
  const server = await scopedServer(
    tree,
    (request, response, opened) => {
      if (request.url === '/earlier') return response.end();
      scope = opened;
      tree.log.debug('context');
      return work(request, response, opened);
    },
    options,
  );
  const client = await connectTo(server, earlier);
  await until(() => tree.messages.length === earlier);
  tree.target.clear();
  client.send(head('GET /slow'));
  return { tree, client, scope: await until(() => scope) };
}

const ABORTED = expect.stringMatching(/^GET \/slow aborted \d+ ms$/) as string;

describe.each([
  ['the first request of its connection', 0],
  ['a later request of its connection', 2],
])('A client that leaves during %s', (_which, earlier) => {
  it('leaves nothing but the request record if the work then succeeds', async () => {
    let answer: (() => void) | undefined;
    const { tree, client, scope } = await visit(earlier, (_request, response) => {
      answer = () => response.end('late');
    });

    client.leave('closes');
    await until(() => scope.isAbandoned);
    expect([scope.settled, tree.messages]).toEqual([false, []]);
    answer?.();

    expect(scope.settled).toBe(true);
    expect(tree.messages).toEqual([ABORTED]);
    expect(tree.target.records[0]?.levelname).toBe('WARNING');
  });

  it("gets what was held written with onAbort 'dump'", async () => {
    let answer: (() => void) | undefined;
    const { tree, client, scope } = await visit(
      earlier,
      (_request, response) => {
        answer = () => response.end('late');
      },
      { onAbort: 'dump' },
    );

    client.leave('closes');
    await until(() => scope.isAbandoned);
    answer?.();

    expect(tree.messages).toEqual(['context', ABORTED]);
    expect(reasons(tree.target.records)).toEqual(['aborted', undefined]);
  });

  it('gets what was held written if the work then fails', async () => {
    let fail: ((error: Error) => void) | undefined;
    const { tree, client, scope } = await visit(
      earlier,
      () =>
        new Promise((_resolve, reject) => {
          fail = reject;
        }),
    );

    client.leave('resets');
    await until(() => scope.isAbandoned);
    fail?.(new Error('boom'));
    await until(() => scope.settled);

    expect(tree.messages).toEqual(['context', 'GET /slow failed', ABORTED]);
  });

  it('gets what was held written if the work had failed before', async () => {
    const { tree, client, scope } = await visit(earlier, (_request, response, opened) => {
      response.write('first bytes');
      opened?.fail(new Error('boom'));
    });
    await client.sees('first bytes');

    client.leave('closes');
    await until(() => scope.settled);

    expect(tree.messages).toEqual(['context', 'GET /slow failed', ABORTED]);
  });

  it('ends the request at once where a stream is piped into the response', async () => {
    const source = new PassThrough();
    const { tree, client, scope } = await visit(earlier, (_request, response) => {
      source.pipe(response);
      source.write('the first part');
    });
    await client.sees('the first part');

    client.leave('closes');
    await until(() => scope.settled);

    expect(tree.messages).toEqual([ABORTED]);
  });

  it('has ended a stream of events in the ordinary way', async () => {
    const { tree, client, scope } = await visit(earlier, (_request, response) => {
      response.setHeader('content-type', 'text/event-stream');
      response.write('data: 1\n\n');
    });
    await client.sees('data: 1');

    client.leave('closes');
    await until(() => scope.settled);

    expect(tree.messages).toEqual([expect.stringMatching(/^GET \/slow 200 /)]);
  });

  it('is told from a server that breaks its response', async () => {
    const { tree, scope } = await visit(earlier, (_request, response) => {
      response.write('first');
      response.destroy(new Error('disk gone'));
    });

    await until(() => scope.settled);

    expect(tree.messages).toEqual(['context', 'GET /slow failed', ABORTED]);
    expect(tree.target.records[1]?.excInfo).toEqual(new Error('disk gone'));
  });

  it('does not hide that the handler fails after it has broken the response', async () => {
    const { tree, scope } = await visit(earlier, (_request, response) => {
      response.write('first');
      response.destroy();
      throw new Error('broke off');
    });

    await until(() => scope.settled);

    expect(tree.messages).toEqual(['context', 'GET /slow failed', ABORTED]);
  });
});

describe.each([
  ['a new connection', 0],
  ['a connection that has had other requests', 2],
])('A client that leaves while pipelined requests wait on %s', (_which, earlier) => {
  it('ends each of them with its work', async () => {
    const tree = scopeTree();
    const waiting = new Map<string, () => void>();
    const server = await scopedServer(tree, (request, response) => {
      if (request.url === '/earlier') return response.end();
      tree.log.debug(`in ${request.url}`);
      return new Promise<void>((resolve, reject) => {
        waiting.set(String(request.url), () => {
          if (request.url === '/2') return reject(new Error('boom'));
          response.end('late');
          resolve();
        });
      });
    });
    const client = await connectTo(server, earlier);
    client.send(['/1', '/2', '/3'].map((path) => head(`GET ${path}`)).join(''));
    await until(() => waiting.size === 3);
    const scopes = server.scopes.slice(earlier);

    client.leave('closes');
    await until(() => scopes.every((scope) => scope?.isAbandoned));
    tree.target.clear();
    for (const answer of waiting.values()) answer();
    await until(() => scopes.every((scope) => scope?.settled));

    expect(tree.messages.map((text) => text.replace(/ \d+ ms$/, '')).toSorted()).toEqual([
      'GET /1 aborted',
      'GET /2 aborted',
      'GET /2 failed',
      'GET /3 aborted',
      'in /2',
    ]);
  });

  it('ends the one that has got its turn and streams', async () => {
    const tree = scopeTree();
    const server = await scopedServer(tree, (request, response) => {
      if (request.url === '/streams') response.write('the first part');
      else setImmediate(() => response.end());
    });
    const client = await connectTo(server, earlier);
    client.send(head('GET /before') + head('GET /streams'));
    await client.sees('the first part');
    const scope = server.scopes.at(-1);

    client.leave('closes');
    await until(() => scope?.isAbandoned);
    scope?.giveUp();

    expect(tree.messages.slice(earlier)).toEqual([
      expect.stringMatching(/^GET \/before 200 /),
      expect.stringMatching(/^GET \/streams aborted /),
    ]);
  });

  it('ends those at once that were answered already and waited for their turn', async () => {
    const tree = scopeTree();
    let isFirstBegun = false;
    const server = await scopedServer(tree, (request, response) => {
      if (request.url === '/first') isFirstBegun = true;
      else response.end('sold');
    });
    const client = await connectTo(server, earlier);
    client.send(head('GET /first') + head('GET /second'));
    await until(() => isFirstBegun && server.scopes.length === earlier + 2);
    const [first, second] = server.scopes.slice(earlier);
    expect(second?.settled).toBe(false);

    client.leave('closes');
    await until(() => first?.isAbandoned);
    await until(() => second?.settled);
    first?.giveUp();

    expect(tree.messages.slice(earlier).map((text) => text.replace(/ \d+ ms$/, ''))).toEqual([
      'GET /second aborted',
      'GET /first aborted',
    ]);
  });
});
