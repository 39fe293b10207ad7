import { ForbiddenException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { openMessageScope, type Message } from '../../lib/scope/message';
import { compileScopeOptions } from '../../lib/scope/compile-options';
import type { LogScopeOptions, RequestIdOption } from '../../lib/scope/options';
import { reasons, scopeTree } from './scope-tree';

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const tree = scopeTree();

function open(options: LogScopeOptions = {}, message: Partial<Message> = {}) {
  const init = { options: compileScopeOptions({ dumpRecord: false, ...options }), tree: tree.manager };
  return openMessageScope({ kind: 'rpc', pattern: 'orders.find', headers: {}, ...message }, init);
}

describe('openMessageScope', () => {
  it('has a request id of its own where none was sent', () => {
    const [first, second] = [open(), open()];

    expect(first?.fields['requestId']).toMatch(/^[0-9a-f-]{36}$/);
    expect(first?.fields).not.toEqual(second?.fields);
    [first, second].forEach((scope) => scope?.settle());
  });

  it('takes over well-formed ids, and hands them on', () => {
    const scope = open({}, { headers: { 'x-request-id': 'abc', traceparent: TRACE } });

    expect(scope?.fields).toEqual({
      requestId: 'abc',
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parentSpanId: 'b7ad6b7169203331',
    });
    expect(scope?.headers()).toEqual({ 'x-request-id': 'abc', traceparent: TRACE });
    scope?.settle();
  });

  it('hands on no trace that is too long or has control characters', () => {
    const long = open({}, { headers: { traceparent: `${TRACE}-${'x'.repeat(8192)}`, tracestate: 'a=1' } });
    const forged = open({}, { headers: { traceparent: TRACE, tracestate: 'a=1\r\nx-admin: 1' } });

    expect(long?.headers()).toEqual({ 'x-request-id': long?.fields['requestId'] });
    expect(forged?.headers()).toEqual({
      'x-request-id': forged?.fields['requestId'],
      traceparent: TRACE,
    });
    [long, forged].forEach((scope) => scope?.settle());
  });

  it('does not take over an id that could forge a line', () => {
    const scope = open({}, { headers: { 'x-request-id': 'abc\nERROR' } });

    expect(scope?.fields['requestId']).toMatch(/^[0-9a-f-]{36}$/);
    scope?.settle();
  });

  it('asks a function for the id, which is given the pattern and the headers', () => {
    const requestId: RequestIdOption = ({ method, url, headers }) =>
      `${method}/${url}/${String(headers['job'])}`;
    const scope = open({ requestId }, { headers: { job: 'j-7' } });

    expect(scope?.fields).toEqual({ requestId: 'rpc/orders.find/j-7' });
    expect(scope?.headers()).toEqual({ 'x-request-id': 'rpc/orders.find/j-7' });
    scope?.settle();
  });

  it('is inside no other scope, whatever the message was received in', () => {
    tree.run({ fields: { job: 1 } }, () => {
      const scope = open();
      expect(scope?.fields).not.toHaveProperty('job');
      scope?.settle();
    });
  });

  it('is not there for an excluded pattern', () => {
    expect(open({ exclude: ['orders.find'] })).toBeUndefined();
    expect(open({ exclude: ({ method, url }) => method === 'rpc' && url === 'orders.find' })).toBeUndefined();
  });

  it('writes everything at once where the headers force it', () => {
    const scope = open({ force: ({ headers }) => 'x-debug' in headers }, { headers: { 'x-debug': '1' } });

    expect(scope?.passesThrough).toBe(true);
    scope?.settle();
  });

  it.each(['rpc', 'ws'] as const)('writes the Error of a failure under the name %s, once', (kind) => {
    const tree = scopeTree();
    const init = { options: compileScopeOptions({ dumpRecord: false }), tree: tree.manager };
    const scope = openMessageScope({ kind, pattern: 'orders.find', headers: {} }, init);
    const error = new Error('no stock');

    tree.runIn(scope ?? tree.open(), () => tree.log.debug('reading'));
    scope?.fail(error);
    scope?.settle();

    expect(tree.messages).toEqual(['reading', `${kind} orders.find failed`]);
    expect(tree.target.records[1]).toMatchObject({ name: kind, excInfo: error });
    expect(reasons(tree.target.records)).toEqual(['error', undefined]);
  });

  it.each(['rpc', 'ws'] as const)(
    'writes what it holds for a foreign Error of kind %s, whatever status it bears',
    (kind) => {
      const tree = scopeTree();
      const init = { options: compileScopeOptions({ dumpRecord: false }), tree: tree.manager };
      for (const fields of [{ status: 404 }, { statusCode: 403 }, { getStatus: () => 404 }]) {
        const scope = openMessageScope({ kind, pattern: 'orders', headers: {} }, init);
        tree.runIn(scope ?? tree.open(), () => tree.log.debug('reading'));
        scope?.fail(Object.assign(new Error('upstream'), fields));
        scope?.settle();
      }

      const dump = ['reading', `${kind} orders failed`];
      expect(tree.messages).toEqual([...dump, ...dump, ...dump]);
    },
  );

  it('drops what it holds for a refusal, and on a route that is not decorated where only those count', () => {
    const tree = scopeTree();
    for (const [options, error] of [
      [{}, new ForbiddenException()],
      [{ routes: 'decorated' }, new Error('no stock')],
    ] as const) {
      const init = { options: compileScopeOptions({ dumpRecord: false, ...options }), tree: tree.manager };
      const scope = openMessageScope({ kind: 'ws', pattern: 'orders', headers: {} }, init);
      tree.runIn(scope ?? tree.open(), () => tree.log.debug('reading'));
      scope?.fail(error);
      scope?.settle();
    }

    expect(tree.messages).toEqual([]);
  });
});
