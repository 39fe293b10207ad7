import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { compileScopeOptions } from '../../../lib/scope/compile-options';
import { currentScope } from '../../../lib/scope/current';
import type { HttpRequest } from '../../../lib/scope/exchange';
import { openHttpScope } from '../../../lib/scope/http/open';
import type { LogScope } from '../../../lib/scope/scope';
import { scopeTree, type ScopeTree } from '../scope-tree';
import { stubResponse } from '../stub-exchange';

class Request extends EventEmitter {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  httpVersionMajor = 1;

  constructor(headers: Readonly<Record<string, string>>, method = 'POST') {
    super();
    this.headers = headers;
    this.method = method;
  }
}

function open(request: object, tree: ScopeTree = scopeTree()): LogScope {
  const place = { options: compileScopeOptions({}), tree: tree.manager };
  return openHttpScope(request as HttpRequest, stubResponse(), place) as LogScope;
}

describe('the body of a request', () => {
  it.each([[{ 'content-length': '5' }], [{ 'transfer-encoding': 'chunked' }]])(
    'runs the listeners of a request with a body in its scope: %j',
    (headers) => {
      const request = new Request(headers);
      const scope = open(request);
      const seen: unknown[] = [];
      request.on('data', (chunk) => seen.push(chunk, currentScope()));

      expect(request.emit('data', 'chunk')).toBe(true);
      expect(request.emit('nothing')).toBe(false);

      expect(seen).toEqual(['chunk', scope]);
      expect(currentScope()).toBeUndefined();
    },
  );

  it('takes them out of the scope of an earlier request, and leaves them in one inside', () => {
    const tree = scopeTree();
    const earlier = tree.open();
    const request = new Request({ 'content-length': '5' });
    const scope = open(request, tree);
    const seen: unknown[] = [];
    request.on('data', () => seen.push(currentScope()));

    tree.runIn(earlier, () => request.emit('data'));
    const inner = tree.runIn(scope, () =>
      tree.run({}, () => {
        request.emit('data');
        return currentScope();
      }),
    );

    expect(seen[0]).toBe(scope);
    expect(seen[1]).toBe(inner);
    expect(inner).not.toBe(scope);
  });

  it.each([
    ['an HTTP/1 request without a body', new Request({})],
    ['an empty body', new Request({ 'content-length': '0' })],
    ['a GET over HTTP/2', Object.assign(new Request({}, 'GET'), { httpVersionMajor: 2 })],
  ])('leaves %s alone', (_what, request) => {
    open(request);

    expect(Object.hasOwn(request, 'emit')).toBe(false);
  });

  it('expects a body of a POST over HTTP/2, and nothing of what cannot emit', () => {
    const request = Object.assign(new Request({}), { httpVersionMajor: 2 });
    open(request);
    const plain = { headers: { 'content-length': '5' } };
    open(plain);

    expect([Object.hasOwn(request, 'emit'), Object.hasOwn(plain, 'emit')]).toEqual([true, false]);
  });
});
