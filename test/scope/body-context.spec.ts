import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { keepBodyInScope } from '../../lib/scope/body-context';
import { currentScope } from '../../lib/scope/scope-storage';
import { scopeTree } from './scope-tree';

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

describe('keepBodyInScope', () => {
  it.each([[{ 'content-length': '5' }], [{ 'transfer-encoding': 'chunked' }]])(
    'runs the listeners of a request with a body in its scope: %j',
    (headers) => {
      const scope = scopeTree().open();
      const request = new Request(headers);
      keepBodyInScope(request, scope);
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
    const [earlier, scope] = [tree.open(), tree.open()];
    const request = new Request({ 'content-length': '5' });
    keepBodyInScope(request, scope);
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
    keepBodyInScope(request, scopeTree().open());

    expect(Object.hasOwn(request, 'emit')).toBe(false);
  });

  it('expects a body of a POST over HTTP/2, and nothing of what cannot emit', () => {
    const request = Object.assign(new Request({}), { httpVersionMajor: 2 });
    keepBodyInScope(request, scopeTree().open());
    const plain = { headers: { 'content-length': '5' } };
    keepBodyInScope(plain, scopeTree().open());

    expect(Object.hasOwn(request, 'emit')).toBe(true);
    expect(plain).toEqual({ headers: { 'content-length': '5' } });
  });
});
