import { describe, expect, it } from 'vitest';
import { HttpCall, maskQuery } from '../../../lib/scope/outgoing/http-call';
import { scopeTree } from '../scope-tree';

describe('maskQuery', () => {
  it.each([
    ['/items', ''],
    ['/items?', '?'],
    ['/items?page=2&size=10', '?page=***&size=***'],
    ['/items?secret-token', '?***'],
    ['/items?a=b=c&flag', '?a=***&***'],
    ['/items?a=1#fragment', '?a=***'],
  ])('of %s is "%s"', (target, expected) => {
    expect(maskQuery(target)).toBe(expected);
  });
});

describe('a call', () => {
  it('prints neither a user nor a very long path', () => {
    const tree = scopeTree();
    const scope = tree.open();
    const target = `http://user:password@shop.internal/${'x'.repeat(5000)}?q=1`;
    new HttpCall(scope, { method: 'GET', protocol: 'http:', host: 'proxy.internal', target }).end();
    scope.dump('manual');

    expect(tree.messages[0]).toMatch(/^GET http:\/\/proxy\.internal\/x{1023}\?q=\*\*\* /);
  });

  it('logs a thrown value that is no Error', () => {
    const tree = scopeTree();
    const scope = tree.open();
    const to = { method: 'PUT', protocol: 'https:', host: 'shop.internal', target: '/' };
    new HttpCall(scope, to).fail('stopped');
    scope.dump('manual');

    expect(tree.messages[0]).toMatch(/^PUT https:\/\/shop\.internal\/ failed after \d+ ms: unknown error$/);
  });
});
