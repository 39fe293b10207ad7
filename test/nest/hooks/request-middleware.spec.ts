import { HttpAdapterHost } from '@nestjs/core';
import { EventEmitter } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { currentScope, Manager, type LogScope, type ScopeRequest } from '../../../lib/logging';
import { ApplicationLogs } from '../../../lib/nest/application-logs';
import { checkOptions } from '../../../lib/nest/check-options';
import type { RequestLogOptions } from '../../../lib/nest/logging.options';
import { mountRequestHook } from '../../../lib/nest/hooks/request-middleware';
import { CollectingHandler } from '../../../lib/testing';

type Hook = (request: object, response: object, next: () => void) => void;

function logsWith(logIfErrors: RequestLogOptions | false): ApplicationLogs {
  const handlers = { seen: new CollectingHandler() };
  return new ApplicationLogs(
    new Manager(),
    checkOptions({ handlers, logIfErrors }),
    new Map(Object.entries(handlers)),
  );
}

/** The hooks an adapter is given. */
function mounted(
  logIfErrors: RequestLogOptions | false,
  adapterFirst = true,
  host = new HttpAdapterHost(),
): readonly Hook[] {
  const hooks: Hook[] = [];
  const adapter = { use: (hook: Hook) => hooks.push(hook), getType: () => 'express' };
  if (adapterFirst) host.httpAdapter = adapter as never;
  mountRequestHook(host, logsWith(logIfErrors));
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
  it.each([true, false])('mounts one hook, whether the adapter is there first: %s', (adapterFirst) => {
    expect(mounted({}, adapterFirst)).toHaveLength(1);
  });

  it('lets a function find the id in whatever the framework has put on the request', () => {
    const requestId = (request: ScopeRequest & { readonly id: string }): string => request.id;
    const [hook] = mounted({ requestId });

    expect(scopeIn(hook, '/orders', { id: 'req-1' })?.fields).toEqual({ requestId: 'req-1' });
  });

  it.each([true, false])(
    'does so in a Nest without init$, with the adapter there first: %s',
    (adapterFirst) => {
      const { init$ } = Object.getOwnPropertyDescriptors(HttpAdapterHost.prototype);
      onTestFinished(() => void Object.defineProperty(HttpAdapterHost.prototype, 'init$', init$));
      Reflect.deleteProperty(HttpAdapterHost.prototype, 'init$');

      const host = new HttpAdapterHost();
      expect(mounted({}, adapterFirst, host)).toHaveLength(1);

      expect(Object.hasOwn(host, 'httpAdapter')).toBe(false);
    },
  );

  it('runs what follows in the scope of the request', () => {
    const [hook] = mounted({ capacity: 7 });

    expect(scopeIn(hook, '/orders')).toMatchObject({ kind: 'http', options: { capacity: 7 } });
  });

  it('runs what follows without a scope where the options exclude the request', () => {
    const [hook] = mounted({ exclude: ['/health'] });

    expect(scopeIn(hook, '/health')).toBeUndefined();
  });

  it('mounts nothing when requests get no scope', () => {
    expect(mounted(false)).toEqual([]);
  });

  it('has nothing to do without HTTP', () => {
    const host = new HttpAdapterHost();
    host.httpAdapter = null as never;

    expect(() => mountRequestHook(host, logsWith({}))).not.toThrow();
  });
});
