/** Against an adapter that only keeps its hooks; a real Fastify is asked in test/packed/matrix.spec.ts. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Manager } from '../../../lib/core/manager';
import { NullHandler } from '../../../lib/handlers/null.handler';
import { addFastifyHooks, fastifyRoutes } from '../../../lib/nest/hooks/fastify-hooks';
import { LogScope } from '../../../lib/scope/log-scope';
import { routePattern } from '../../../lib/scope/route-pattern';
import { compileScopeOptions } from '../../../lib/scope/scope-options';
import { bindScope } from '../../../lib/scope/scope-storage';

type Done = (error: null, payload: unknown) => void;
type RequestHook = (request: object, reply: object, done: () => void) => void;
type Hook = (request: object, reply: object, payload: unknown, done: Done) => void;

class FakeAdapter {
  readonly hooks: [string, Hook][] = [];

  constructor(readonly type: string) {}

  getType(): string {
    return this.type;
  }

  getInstance(): object {
    return { addHook: (name: string, hook: Hook) => this.hooks.push([name, hook]) };
  }

  /** Sends a payload through the hook, as Fastify does, and returns what comes out. */
  send(request: object, payload: unknown): unknown {
    let sent: unknown;
    for (const [name, hook] of this.hooks)
      if (name === 'onSend') hook(request, {}, payload, (_error, out) => (sent = out));
    return sent;
  }
}

/** Receives a request through the hook. */
function receive({ hooks }: FakeAdapter, request: object): boolean {
  let isDone = false;
  for (const [name, hook] of hooks)
    if (name === 'onRequest') (hook as unknown as RequestHook)(request, {}, () => (isDone = true));
  return isDone;
}

function fastify(): FakeAdapter {
  const adapter = new FakeAdapter('fastify');
  addFastifyHooks(adapter);
  return adapter;
}

function openRequest(): { readonly request: object; readonly scope: LogScope } {
  const raw = {};
  const tree = new Manager();
  tree.root.addHandler(new NullHandler());
  const scope = new LogScope({ kind: 'http', options: compileScopeOptions({}), tree });
  bindScope(raw, scope);
  return { request: { raw }, scope };
}

describe('addFastifyHooks', () => {
  it.each<[string, object, string | undefined]>([
    ['the route', { routeOptions: { url: '/orders/:id' } }, '/orders/:id'],
    ['no route for an answer that none gave', { routeOptions: { url: '/' }, is404: true }, undefined],
    ['no route where Fastify knows none', { routeOptions: {} }, undefined],
  ])('notes %s', (_what, fields, expected) => {
    const raw = { route: { path: '/of-another' } };

    expect(receive(fastify(), { raw, ...fields })).toBe(true);

    expect(routePattern(raw, '/orders/7')).toBe(expected);
  });

  it('tells the scope of a request which Error broke the stream that is sent', async () => {
    const { request, scope } = openRequest();
    const stream = new Readable({ read: () => {} }).on('error', () => {});
    const error = new Error('disk gone');

    expect(fastify().send(request, stream)).toBe(stream);
    stream.destroy(error);
    await new Promise((resolve) => stream.once('close', resolve));

    expect(scope.error).toBe(error);
    scope.settle();
  });

  it.each([['text'], [null], [undefined], [Buffer.from('bytes')]])('lets %s pass', (payload) => {
    const { request, scope } = openRequest();

    expect(fastify().send(request, payload)).toBe(payload);
    expect(scope.error).toBeUndefined();
    scope.settle();
  });

  it('handles no Error in the place of whoever sends the stream', () => {
    const { request, scope } = openRequest();
    const stream = new Readable({ read: () => {} });

    fastify().send(request, stream);

    expect(stream.listenerCount('error')).toBe(0);
    scope.settle();
  });

  it('leaves a stream of a request without a scope alone', async () => {
    const stream = new Readable({ read: () => {} }).on('error', () => {});

    fastify().send({ raw: {} }, stream);
    stream.destroy(new Error('disk gone'));
    await new Promise((resolve) => stream.once('close', resolve));

    expect(stream.errored).toBeInstanceOf(Error);
  });

  it('asks nothing of the adapters of other platforms', () => {
    const adapter = new FakeAdapter('express');

    addFastifyHooks(adapter);

    expect(adapter.hooks).toEqual([]);
  });
});

describe('fastifyRoutes', () => {
  it('are the patterns that Fastify was given, and unknown of another adapter', () => {
    const adapter = fastify();
    const express = new FakeAdapter('express');
    addFastifyHooks(express);

    for (const [name, hook] of adapter.hooks)
      if (name === 'onRoute') (hook as unknown as (route: object) => void)({ url: '/orders/:id' });

    expect([fastifyRoutes(adapter), fastifyRoutes(express)]).toEqual([['/orders/:id'], undefined]);
  });
});
