/** Against an adapter that only keeps its hooks; a real Fastify is used in test/packed/matrix.spec.ts. */
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { addFastifyHooks, fastifyRoutes } from '../../../lib/nest/hooks/fastify-hooks';
import { compileScopeOptions } from '../../../lib/scope/compile-options';
import { currentScope, scopeOf } from '../../../lib/scope/current';
import { routePattern } from '../../../lib/scope/http/route-pattern';
import type { LogScope, ScopePlace } from '../../../lib/scope/scope';
import { scopeTree } from '../../scope/scope-tree';

type Hook = (...args: unknown[]) => void;

class FakeAdapter {
  readonly hooks: [string, Hook][] = [];

  constructor(readonly type: string) {}

  getType(): string {
    return this.type;
  }

  getInstance(): object {
    return { addHook: (name: string, hook: Hook) => this.hooks.push([name, hook]) };
  }

  call(name: string, ...args: unknown[]): void {
    for (const [each, hook] of this.hooks) if (each === name) hook(...args);
  }
}

class Reply extends EventEmitter {
  readonly raw = this;
  readonly statusCode = 200;
  readonly headersSent = false;
  readonly writableEnded = false;
  setHeader(): void {}
  getHeader(): void {}
}

function place(): ScopePlace {
  return { options: compileScopeOptions({ exclude: ['/health'] }), tree: scopeTree().manager };
}

function fastify(): FakeAdapter {
  const adapter = new FakeAdapter('fastify');
  addFastifyHooks(adapter, place());
  return adapter;
}

/** Gives a request to the hook and returns the scope that what follows runs in. */
function receive(adapter: FakeAdapter, request: object): LogScope | undefined {
  let scope: LogScope | undefined;
  adapter.call('onRequest', request, new Reply(), () => (scope = currentScope()));
  return scope;
}

describe('addFastifyHooks', () => {
  it('opens the scope of each request, and what follows runs in it', () => {
    const request = { raw: { method: 'GET', url: '/orders/7', headers: {} } };

    const scope = receive(fastify(), request);

    expect([scope?.title, scopeOf(request) === scope]).toEqual(['GET /orders/7', true]);
    scope?.settle();
  });

  it('lets an excluded request pass without a scope', () => {
    const request = { raw: { method: 'GET', url: '/health', headers: {} } };

    expect([receive(fastify(), request), scopeOf(request)]).toEqual([undefined, undefined]);
  });

  it.each<[string, object, string | undefined]>([
    ['the route', { routeOptions: { url: '/orders/:id' } }, '/orders/:id'],
    ['no route for an answer that none gave', { routeOptions: { url: '/' }, is404: true }, undefined],
    ['no route where Fastify knows none', { routeOptions: {} }, undefined],
  ])('knows %s', (_what, fields, expected) => {
    const raw = { method: 'GET', url: '/orders/7', headers: {}, route: { path: '/of-another' } };

    const scope = receive(fastify(), { raw, ...fields });

    expect(routePattern(raw, '/orders/7')).toBe(expected);
    scope?.settle();
  });

  it('notes the Errors that Fastify itself answers', () => {
    const adapter = fastify();
    const request = { raw: { method: 'GET', url: '/files/7', headers: {} } };
    const scope = receive(adapter, request);
    const error = new Error('disk gone');
    let isDone = false;

    adapter.call('onError', request, {}, error, () => (isDone = true));

    expect([scope?.error, isDone]).toEqual([error, true]);
    scope?.settle();
  });

  it('asks nothing of the adapters of other platforms', () => {
    const adapter = new FakeAdapter('express');

    expect([addFastifyHooks(adapter, place()), adapter.hooks]).toEqual([false, []]);
  });
});

describe('fastifyRoutes', () => {
  it('are the patterns that Fastify was given, and unknown of another adapter', () => {
    const adapter = fastify();
    const express = new FakeAdapter('express');
    addFastifyHooks(express, place());

    adapter.call('onRoute', { url: '/orders/:id' });

    expect([fastifyRoutes(adapter), fastifyRoutes(express)]).toEqual([['/orders/:id'], undefined]);
  });
});
