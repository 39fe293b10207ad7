import { describe, expect, it } from 'vitest';
import {
  fixedHeaders,
  httpTarget,
  withQuery,
  type HeaderOptions,
  type HTTPCredentials,
} from '../../../lib/handlers/http/http-target';

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

function headers(options: Partial<HeaderOptions> = {}): readonly string[] {
  return fixedHeaders('HTTPHandler', {
    secure: true,
    insecure: false,
    credentials: undefined,
    headers: undefined,
    ...options,
  });
}

describe('fixedHeaders', () => {
  it('are none by default', () => {
    expect(headers()).toEqual([]);
    expect(headers({ credentials: [] })).toEqual([]);
  });

  it('hold the credentials as UTF-8 in base64', () => {
    const [name, value = ''] = headers({ credentials: ['пользователь', 'pä:✓'] });

    expect(name).toBe('Authorization');
    expect(Buffer.from(value.replace(/^Basic /, ''), 'base64').toString()).toBe('пользователь:pä:✓');
  });

  it('keep the headers of the user behind them', () => {
    expect(headers({ credentials: ['u', 'p'], headers: { 'X-Key': 'k', 'x-other': 'ö' } })).toEqual([
      'Authorization',
      'Basic dTpw',
      'X-Key',
      'k',
      'x-other',
      'ö',
    ]);
  });

  it.each<readonly [Partial<HeaderOptions>, string]>([
    [{ credentials: ['u', 'p'] }, 'the "credentials" would be sent in clear'],
    [{ headers: { authorization: 'Bearer t' } }, 'the header authorization would be sent in clear'],
  ])('keep secrets off plain http: %j', (options, message) => {
    expect(() => headers({ ...options, secure: false })).toThrow(
      `HTTPHandler: ${message}: use "secure: true", or allow it with "insecure: true".`,
    );
    expect(headers({ ...options, secure: false, insecure: true })).toHaveLength(2);
  });

  it.each([
    ['X-Api-Key', 'k'],
    ['api-key', 'k'],
    ['ApiKey', 'k'],
    ['apikey', 'k'],
    ['X-Auth-Token', 't'],
    ['x-access-token', 't'],
    ['PRIVATE-TOKEN', 't'],
    ['Cookie', 'sid=1'],
    ['Proxy-Authorization', 'Basic dTpw'],
    ['X-Amz-Security-Token', 't'],
    ['Ocp-Apim-Subscription-Key', 'k'],
    ['X-Client-Secret', 's'],
    ['x_password', 'p'],
    ['X-Hub-Signature', 'sha1=x'],
    ['X-Upstream', 'Bearer t'],
    ['X-Upstream', 'basic dTpw'],
  ])('keep the header %s off plain http', (name, value) => {
    const given = { headers: { [name]: value }, secure: false };

    expect(() => headers(given)).toThrow(`HTTPHandler: the header ${name} would be sent in clear`);
    expect(headers({ ...given, insecure: true })).toEqual([name, value]);
    expect(headers({ ...given, secure: true })).toEqual([name, value]);
  });

  it.each([
    ['X-Request-Id', 'r-1'],
    ['Idempotency-Key', 'k'],
    ['X-Routing-Key', 'orders'],
    ['X-Author', 'me'],
    ['X-Keyboard', 'de'],
    ['Accept', 'application/json'],
    ['X-Scope-OrgID', 'tenant'],
  ])('let the header %s through', (name, value) => {
    expect(headers({ headers: { [name]: value }, secure: false })).toEqual([name, value]);
  });

  it.each([['u'], ['u', 'p', 'x'], ['u', 7], 'u:p', { user: 'u' }])(
    'refuse the credentials %j, and do not repeat them',
    (credentials) => {
      expect(() => headers({ credentials: credentials as unknown as HTTPCredentials })).toThrow(
        'HTTPHandler: "credentials" must be a user and a password, as [user, password].',
      );
    },
  );

  it.each([
    ['Content-Length', '1', 'must not hold Content-Length: the handler sets it'],
    ['host', 'other', 'must not hold host: the handler sets it'],
    ['transfer-encoding', 'chunked', 'must not hold transfer-encoding'],
    ['a b', 'x', 'holds "a b", which cannot be sent'],
    ['X', 'a\r\nY: b', 'holds "X", which cannot be sent'],
  ])('refuse the header %s', (name, value, problem) => {
    expect(() => headers({ headers: { [name]: value } })).toThrow(`HTTPHandler: "headers" ${problem}`);
  });
});
