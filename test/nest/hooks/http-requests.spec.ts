/** Express with Nest's own adapter host, Fastify with a list of hooks. test/packed/matrix.spec.ts has real servers. */
import { HttpAdapterHost } from '@nestjs/core';
import { EventEmitter } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { currentScope, type LogScope, type ScopeRequest } from '../../../lib/logging';
import type { RequestLogOptions } from '../../../lib/nest/application/options';
import { addFastifyHooks, fastifyRoutes, mountRequestHook } from '../../../lib/nest/hooks/http-requests';
import { compileScopeOptions } from '../../../lib/scope/compile-options';
import { scopeOf } from '../../../lib/scope/current';
import type { ScopePlace } from '../../../lib/scope/scope';
import { scopeTree } from '../../scope/scope-tree';
import { logsOf } from '../../support/live-application';

type Hook = (...args: unknown[]) => void;

/** The middleware that an adapter gets. */
function mounted(
  logIfErrors: RequestLogOptions | false,
  adapterFirst = true,
  host = new HttpAdapterHost(),
): readonly Hook[] {
  const hooks: Hook[] = [];
  const adapter = { use: (hook: Hook) => hooks.push(hook), getType: () => 'express' };
  if (adapterFirst) host.httpAdapter = adapter as never;
  mountRequestHook(host, logsOf({ logIfErrors }));
  if (!adapterFirst) host.httpAdapter = adapter as never;
  return hooks;
}

function scopeIn(hook: Hook | undefined, url: string, own: object = {}): LogScope | undefined {
  let seen: LogScope | undefined;
  const response = Object.assign(new EventEmitter(), { setHeader: () => {}, headersSent: false });
  hook?.({ url, method: 'GET', headers: {}, ...own }, response, () => (seen = currentScope()));
  return seen;
}

describe('mountRequestHook', () => {
  it.each([true, false])('adds one middleware, with the adapter set before: %s', (adapterFirst) => {
    expect(mounted({}, adapterFirst)).toHaveLength(1);
  });

  it.each([true, false])(
    'adds one middleware in a Nest without init$, with the adapter set before: %s',
    (adapterFirst) => {
      const { init$ } = Object.getOwnPropertyDescriptors(HttpAdapterHost.prototype);
      onTestFinished(() => void Object.defineProperty(HttpAdapterHost.prototype, 'init$', init$));
      Reflect.deleteProperty(HttpAdapterHost.prototype, 'init$');

      const host = new HttpAdapterHost();
      expect(mounted({}, adapterFirst, host)).toHaveLength(1);

      expect(Object.hasOwn(host, 'httpAdapter')).toBe(false);
    },
  );

  it('passes requestId the request of the framework', () => {
    const requestId = (request: ScopeRequest & { readonly id: string }): string => request.id;
    const [hook] = mounted({ requestId });

    expect(scopeIn(hook, '/orders', { id: 'req-1' })?.fields).toEqual({ requestId: 'req-1' });
  });

  it('runs the next middleware in the scope of the request', () => {
    const [hook] = mounted({ capacity: 7 });

    expect(scopeIn(hook, '/orders')).toMatchObject({ kind: 'http', options: { capacity: 7 } });
  });

  it('opens no scope for an excluded request', () => {
    const [hook] = mounted({ exclude: ['/health'] });

    expect(scopeIn(hook, '/health')).toBeUndefined();
  });

  it('adds nothing if requests get no scope', () => {
    expect(mounted(false)).toEqual([]);
  });

  it('does nothing without an HTTP adapter', () => {
    const host = new HttpAdapterHost();
    host.httpAdapter = null as never;

    expect(() => mountRequestHook(host, logsOf())).not.toThrow();
  });
});

/** An adapter that stores its hooks. */
class HookList {
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

function hooked(type: string): { readonly adapter: HookList; readonly isFastify: boolean } {
  const adapter = new HookList(type);
  const place: ScopePlace = {
    options: compileScopeOptions({ exclude: ['/health'] }),
    tree: scopeTree().manager,
  };
  return { adapter, isFastify: addFastifyHooks(adapter, place) };
}

describe('addFastifyHooks', () => {
  it('opens no scope for an excluded request', () => {
    const request = { raw: { method: 'GET', url: '/health', headers: {} } };
    const seen: unknown[] = [];

    hooked('fastify').adapter.call('onRequest', request, { raw: {} }, () => void seen.push(currentScope()));

    expect([seen, scopeOf(request)]).toEqual([[undefined], undefined]);
  });

  it('does not change the adapters of other platforms', () => {
    const { adapter, isFastify } = hooked('express');

    expect([isFastify, adapter.hooks]).toEqual([false, []]);
  });
});

describe('fastifyRoutes', () => {
  it('returns the patterns of a Fastify adapter, and undefined for another adapter', () => {
    const { adapter } = hooked('fastify');

    adapter.call('onRoute', { url: '/orders/:id' });

    expect([fastifyRoutes(adapter), fastifyRoutes(hooked('express').adapter)]).toEqual([
      ['/orders/:id'],
      undefined,
    ]);
  });
});
