import { describe, expect, it } from 'vitest';
import { httpTarget, withQuery } from '../../../lib/handlers/http/http-target';

function target(
  host: unknown,
  { secure = false, url = '/log' }: { readonly secure?: boolean; readonly url?: unknown } = {},
): ReturnType<typeof httpTarget> {
  return httpTarget('HTTPHandler', { host, url, secure });
}

describe('httpTarget', () => {
  it.each([
    ['logs.example.com', false, 'logs.example.com', 80, 'logs.example.com'],
    ['logs.example.com', true, 'logs.example.com', 443, 'logs.example.com'],
    ['localhost:8080', false, 'localhost', 8080, 'localhost:8080'],
    ['localhost:80', false, 'localhost', 80, 'localhost'],
    ['localhost:80', true, 'localhost', 80, 'localhost:80'],
    ['localhost:', false, 'localhost', 80, 'localhost'],
    ['[::1]:8080', false, '::1', 8080, '[::1]:8080'],
    ['[::1]', true, '::1', 443, '[::1]'],
    ['bücher.example', false, 'xn--bcher-kva.example', 80, 'xn--bcher-kva.example'],
  ])('reads the host %s (secure: %s)', (host, secure, hostname, port, hostHeader) => {
    expect(target(host, { secure })).toMatchObject({ hostname, port, hostHeader });
  });

  it.each([
    ['http://logs.example.com:81/log', 'logs.example.com:81'],
    ['https://logs.example.com?a=1', 'logs.example.com'],
    ['http://[::1]:8#part', '[::1]:8'],
    ['http://user:secret@logs.example.com/log', 'logs.example.com'],
    ['HTTP://logs.example.com/log', 'proxy:3128'],
    ['http:///log', 'proxy:3128'],
    ['//logs.example.com/log', 'proxy:3128'],
    ['*', 'proxy:3128'],
  ])('names in Host, with the url %s, %s', (url, hostHeader) => {
    expect(target('proxy:3128', { url })).toMatchObject({ hostname: 'proxy', port: 3128, hostHeader, url });
  });

  it.each([
    ['', 'must be a host name with or without ":port", got ""'],
    [7, 'must be a host name with or without ":port", got 7'],
    [
      'http://localhost',
      'must be a host without a scheme, got http://localhost; write "secure: true" for https',
    ],
    ['localhost/log', 'must be a host name with or without ":port", got "localhost/log"'],
    ['user@localhost', 'must be a host name'],
    ['a b', 'must be a host name'],
    ['a\r\nX: y', 'must be a host name'],
    ['::1', 'must be a host name, or an IPv6 address in brackets, got "::1"'],
    ['localhost:http', 'must be a host name, or an IPv6 address in brackets'],
    ['localhost:0', 'must have a port from 1 to 65535, got 0'],
    ['localhost:65536', 'must have a port from 1 to 65535, got 65536'],
  ])('refuses the host %j', (host, problem) => {
    expect(() => target(host)).toThrow(`HTTPHandler: "host" ${problem}`);
  });

  it.each([
    ['', 'must be a path such as "/log", got ""'],
    [null, 'must be a path such as "/log", got null'],
    ['/a b', 'must be of printable ASCII characters, got " " at 2; percent-encode it'],
    ['/a\r\nb', 'must be of printable ASCII characters, got "\\r" at 2'],
    ['/журнал', 'must be of printable ASCII characters, got "ж" at 1'],
  ])('refuses the url %j', (url, problem) => {
    expect(() => target('h', { url })).toThrow(`HTTPHandler: "url" ${problem}`);
  });
});

describe('withQuery', () => {
  it.each([
    ['/log', '/log?a=1'],
    ['/log?', '/log?&a=1'],
    ['/log?b=2', '/log?b=2&a=1'],
    ['/log#part', '/log#part?a=1'],
  ])('joins to %s as Python does', (url, joined) => {
    expect(withQuery(url, 'a=1')).toBe(joined);
  });
});
