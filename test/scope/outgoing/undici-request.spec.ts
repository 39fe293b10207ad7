import { AsyncResource } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { contextOf, destinationOf, headOf } from '../../../lib/scope/outgoing/undici-request';
import { scopeTree } from '../scope-tree';

describe('destinationOf', () => {
  it.each([
    ['https://shop.internal', 'https:', 'shop.internal'],
    ['http://user:password@shop.internal:8080', 'http:', 'shop.internal:8080'],
    [new URL('https://shop.internal:8443/'), 'https:', 'shop.internal:8443'],
    [undefined, 'http:', ''],
  ])('reads the origin %s', (origin, protocol, host) => {
    const request = origin === undefined ? { path: '/a' } : { origin, path: '/a' };

    expect(destinationOf(request)).toEqual({ method: 'GET', protocol, host, target: '/a' });
  });
});

describe('headOf', () => {
  it('finds a header by its name in lower case, in bytes or text', () => {
    const headers = [Buffer.from('Content-Length'), Buffer.from('12'), 'X-Region', 'eu'];
    const { status, header } = headOf({ statusCode: 200, headers });

    expect([status, header('content-length'), header('x-region'), header('etag')]).toEqual([
      200,
      '12',
      'eu',
      undefined,
    ]);
  });
});

describe('contextOf', () => {
  it('is that of the handler if it keeps one, else the current one', () => {
    const tree = scopeTree();
    const [caller, connection] = [tree.open(), tree.open()];
    const handler = tree.runIn(caller, () => new AsyncResource('TEST'));

    tree.runIn(connection, () => {
      expect(contextOf({ [Symbol('handler')]: handler })).toBe(caller);
      expect(contextOf({ [Symbol('handler')]: {} })).toBe(connection);
      expect(contextOf({})).toBe(connection);
    });
  });
});
