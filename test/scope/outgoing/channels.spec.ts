/** Outgoing HTTP requests of real clients to a real server, in the dumps of their scopes. */
import { once } from 'node:events';
import { Agent as HttpAgent, get, request, type IncomingMessage, type RequestOptions } from 'node:http';
import axios from 'axios';
import { got } from 'got';
import { Agent, interceptors, request as undiciRequest, stream } from 'undici';
import { Writable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RunInScopeOptions } from '../../../lib/scope/call';
import { currentScope } from '../../../lib/scope/current';
import { scopeTree, type ScopeTree } from '../scope-tree';
import { closedOrigin, outgoingServer } from './outgoing-server';

/** Runs work in a scope and dumps it; returns its lines with the origin and durations replaced. */
async function dumped(
  origin: string,
  work: (tree: ScopeTree) => Promise<unknown>,
  options: RunInScopeOptions = {},
): Promise<readonly string[]> {
  const tree = scopeTree();
  await tree.run(options, async () => {
    await work(tree);
    currentScope()?.dump('manual');
  });
  return tree.messages.map((line) => line.replaceAll(origin, 'O').replaceAll(/\d+ ms/g, 'N ms'));
}

/** Sends with node:http and reads the answer. */
async function nodeGet(url: string, options: RequestOptions = {}): Promise<void> {
  const [response] = (await once(get(url, options), 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'close');
}

async function read(url: string, init?: RequestInit): Promise<void> {
  await (await fetch(url, init)).text();
}

const CLIENTS: Readonly<Record<string, (url: string) => Promise<unknown>>> = {
  'node:http': async (url) => nodeGet(url),
  fetch: async (url) => read(url),
  undici: async (url) => (await undiciRequest(url)).body.text(),
  axios: async (url) => axios.get(url, { validateStatus: () => true }),
  got: async (url) => got(url, { retry: { limit: 0 }, throwHttpErrors: false }),
};

describe.each(Object.entries(CLIENTS))('a request of %s', (name, send) => {
  it('is one record of its scope', async () => {
    const origin = await outgoingServer();

    expect(await dumped(origin, async () => send(`${origin}/items/7`))).toEqual(['GET O/items/7 200 N ms']);
  });

  it('has data as fields', async () => {
    const origin = await outgoingServer();
    const tree = scopeTree();
    await tree.run({}, async () => {
      await send(`${origin}/busy`);
      currentScope()?.dump('manual');
    });
    const [record] = tree.target.records;

    expect(record?.name).toBe('http.client');
    expect(record?.extra).toEqual({
      method: 'GET',
      host: origin.slice('http://'.length),
      path: '/busy',
      status: 503,
      durationMs: expect.any(Number) as number,
      bytes: 0,
    });
  });

  it('hides the values of a query', async () => {
    const origin = await outgoingServer();
    const lines = await dumped(origin, async () => send(`${origin}/items?page=3&token=secret`));

    expect(lines).toEqual(['GET O/items?page=***&token=*** 200 N ms']);
  });

  it('says that the connection was reset', async () => {
    const origin = await outgoingServer();
    const lines = await dumped(origin, async () => send(`${origin}/reset`).catch(() => undefined));

    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^GET O\/reset failed after N ms: (?:ECONNRESET|UND_ERR_SOCKET)$/);
  });

  it('says that nobody listens', async () => {
    const origin = await closedOrigin();
    const lines = await dumped(origin, async () => send(`${origin}/`).catch(() => undefined));

    expect(lines).toEqual(['GET O/ failed after N ms: ECONNREFUSED']);
  });

  it('is pending in a dump while it runs', async () => {
    const origin = await outgoingServer();
    const lines = await dumped(origin, async (tree) => {
      void send(`${origin}/hang`).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 50));
      tree.log.debug('waited');
    });

    expect(lines).toEqual(['waited', 'GET O/hang pending since N ms']);
  });

  it('is in the scope of its caller, of 64 that run at the same time', async () => {
    const origin = await outgoingServer();
    const trees = Array.from({ length: 64 }, () => scopeTree());
    await Promise.all(
      trees.map(async (tree, i) =>
        tree.run({}, async () => {
          for (let call = 0; call < 4; call++) await send(`${origin}/items/${i}-${call}`);
          currentScope()?.dump('manual');
        }),
      ),
    );

    for (const [i, tree] of trees.entries()) {
      expect(tree.messages.map((line) => line.split(' ')[1])).toEqual(
        [0, 1, 2, 3].map((call) => `${origin}/items/${i}-${call}`),
      );
    }
  });

  it('follows a redirect in the same scope', async () => {
    const origin = await outgoingServer();
    const lines = await dumped(origin, async () => send(`${origin}/redirect`));

    expect(lines).toEqual(
      name === 'node:http' || name === 'undici'
        ? ['GET O/redirect 302 N ms']
        : ['GET O/redirect 302 N ms', 'GET O/items 200 N ms'],
    );
  });
});

describe('a pool', () => {
  it('of node:http with two connections keeps the scopes apart', async () => {
    const origin = await outgoingServer();
    const agent = new HttpAgent({ keepAlive: true, maxSockets: 2 });
    onTestFinished(() => agent.destroy());
    await expectOwnCalls(async (path) => nodeGet(origin + path, { agent }));
  });

  it('of undici with two connections keeps the scopes apart', async () => {
    const origin = await outgoingServer();
    const dispatcher = new Agent({ connections: 2 });
    onTestFinished(async () => dispatcher.destroy());
    await expectOwnCalls(async (path) => (await undiciRequest(origin + path, { dispatcher })).body.text());
  });

  it('of undici keeps the scopes of streams apart', async () => {
    const origin = await outgoingServer();
    const dispatcher = new Agent({ connections: 2 });
    onTestFinished(async () => dispatcher.destroy());
    const sink = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });
    await expectOwnCalls(async (path) => stream(origin + path, { method: 'GET', dispatcher }, sink));
  });

  it('of undici follows redirects in the scope of their request', async () => {
    const origin = await outgoingServer();
    const dispatcher = new Agent().compose(interceptors.redirect({ maxRedirections: 2 }));
    onTestFinished(async () => dispatcher.destroy());
    const send = async (): Promise<unknown> =>
      (await undiciRequest(`${origin}/redirect`, { dispatcher })).body.text();
    await dumped(origin, send);

    expect(await dumped(origin, send)).toEqual(['GET O/redirect 302 N ms', 'GET O/items 200 N ms']);
  });
});

/** 64 scopes share the pool; each has exactly its own calls. */
async function expectOwnCalls(send: (path: string) => Promise<unknown>): Promise<void> {
  const trees = Array.from({ length: 64 }, () => scopeTree());
  await Promise.all(
    trees.map(async (tree, i) =>
      tree.run({}, async () => {
        for (let call = 0; call < 3; call++) await send(`/items/${i}-${call}`);
        currentScope()?.dump('manual');
      }),
    ),
  );
  for (const [i, tree] of trees.entries()) {
    expect(tree.messages.map((line) => line.replace(/^.*items\/(\S+).*$/, '$1'))).toEqual([
      `${i}-0`,
      `${i}-1`,
      `${i}-2`,
    ]);
  }
}

describe('an outgoing request', () => {
  it('of fetch lasts to the end of its body', async () => {
    const origin = await outgoingServer();
    const tree = scopeTree();
    await tree.run({}, async () => {
      await read(`${origin}/stream`);
      currentScope()?.dump('manual');
    });

    expect(tree.target.records[0]?.extra?.['durationMs']).toBeGreaterThanOrEqual(50);
  });

  it('of fetch has its status while its body is pending', async () => {
    const origin = await outgoingServer();
    const lines = await dumped(origin, async () => fetch(`${origin}/stream`));

    expect(lines).toEqual(['GET O/stream 200, body pending since N ms']);
  });

  it('of fetch whose body breaks says so', async () => {
    const origin = await outgoingServer();
    const lines = await dumped(origin, async () => read(`${origin}/broken-body`).catch(() => undefined));

    expect(lines).toEqual([expect.stringMatching(/^GET O\/broken-body 200, body failed after N ms: \w+$/)]);
  });

  it.each([
    ['aborted', (): AbortSignal => AbortSignal.abort(), 'AbortError'],
    ['timed out', (): AbortSignal => AbortSignal.timeout(20), 'TimeoutError'],
  ])('of fetch that is %s says so', async (title, signal, code) => {
    const origin = await outgoingServer();
    const lines = await dumped(origin, async () =>
      read(`${origin}/hang`, { signal: signal() }).catch(() => undefined),
    );

    // A request that was aborted before it began is never sent.
    expect(lines).toEqual(title === 'aborted' ? [] : [`GET O/hang failed after N ms: ${code}`]);
  });

  it('of node:http that is destroyed says so', async () => {
    const origin = await outgoingServer();
    const lines = await dumped(origin, async () => {
      const outgoing = request(`${origin}/hang`).on('error', () => undefined);
      outgoing.end();
      setTimeout(() => outgoing.destroy(), 20);
      await new Promise((resolve) => outgoing.on('close', resolve));
    });

    expect(lines).toEqual(['GET O/hang failed after N ms: ECONNRESET']);
  });

  it('has the chosen headers of the answer', async () => {
    const origin = await outgoingServer();
    const tree = scopeTree();
    await tree.run({ outgoingHttp: { headers: ['X-Region', 'x-none'] } }, async () => {
      await read(`${origin}/items`);
      await nodeGet(`${origin}/items`);
      currentScope()?.dump('manual');
    });

    expect(tree.target.records.map((record) => record.extra?.['headers'])).toEqual([
      { 'x-region': 'eu' },
      { 'x-region': 'eu' },
    ]);
  });

  it('is not logged if the option is off, or ignores its host', async () => {
    const origin = await outgoingServer();
    const send = async (): Promise<void> => read(`${origin}/items`);

    expect(await dumped(origin, send, { outgoingHttp: false })).toEqual([]);
    expect(await dumped(origin, send, { outgoingHttp: { ignore: ['127.0.0.1'] } })).toEqual([]);
    expect(await dumped(origin, send, { outgoingHttp: { ignore: [/^10\./] } })).toHaveLength(1);
  });

  it('is not logged outside scopes', async () => {
    const origin = await outgoingServer();
    const tree = scopeTree({ hindsight: { passThroughLevel: null } });
    tree.run({}, () => undefined);
    await read(`${origin}/items`);
    await nodeGet(`${origin}/items`);

    expect(tree.messages).toEqual([]);
  });
});
