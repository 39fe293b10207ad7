import { describe, expect, it } from 'vitest';
import {
  cleanHeaderText,
  cleanUrl,
  isCredentialHeader,
  isHeadersKey,
} from '../../../lib/internal/print/header-credentials';

describe('isHeadersKey', () => {
  it.each([
    'headers',
    'rawHeaders',
    '_header',
    'requestHeaders',
    'response_headers',
    'headersDistinct',
    'trailers',
    'kOutHeaders',
    'HEADERS',
    'metadata',
  ])('is true for %s', (key) => {
    expect(isHeadersKey(key)).toBe(true);
  });

  it.each(['', 'user', 'header image', 'headless', 'leader', 'order', '0'])('is false for %j', (key) => {
    expect(isHeadersKey(key)).toBe(false);
  });
});

describe('isCredentialHeader', () => {
  it.each([
    'authorization',
    'Proxy-Authorization',
    'X-Forwarded-Authorization',
    'cookie',
    'SET-COOKIE',
    'X-Api-Key',
    'apikey',
    'x-auth-token',
    'X-CSRF-Token',
    'x-amz-security-token',
    'cf-access-jwt-assertion',
  ])('is true for %s', (name) => {
    expect(isCredentialHeader(name)).toBe(true);
  });

  it.each(['host', 'accept', 'www-authenticate', 'idempotency-key', 'etag', 'x-request-id', 7, undefined])(
    'is false for %s',
    (name) => {
      expect(isCredentialHeader(name)).toBe(false);
    },
  );
});

describe('cleanHeaderText', () => {
  it('removes credentials from raw header text, with their continuation lines', () => {
    const text =
      'GET / HTTP/1.1\r\nHost: shop\r\nAuthorization: Digest a=1,\r\n  b=2\r\ncookie:sid=3\r\nAccept: */*\r\n\r\n';

    expect(cleanHeaderText(text, '###')).toBe(
      'GET / HTTP/1.1\r\nHost: shop\r\nAuthorization: ###\r\ncookie: ###\r\nAccept: */*\r\n\r\n',
    );
  });

  it('leaves a text without a header line as it is', () => {
    expect(cleanHeaderText('cookie', '###')).toBe('cookie');
  });
});

describe('cleanUrl', () => {
  it.each([
    ['http://shop/items', 'http://shop/items'],
    ['https://user:pa@ss@shop:8443/items?token=x&page=2#top', 'https://shop:8443/items?token=…&page=…'],
    ['//user@shop', '//shop'],
    ['/items?x', '/items?…'],
    ['redis://:secret@cache/0', 'redis://cache/0'],
    ['/a@b', '/a@b'],
  ])('of %s is %s', (url, clean) => {
    expect(cleanUrl(url)).toBe(clean);
  });
});
