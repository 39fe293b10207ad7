import { describe, expect, it } from 'vitest';
import {
  fixedHeaders,
  type HeaderOptions,
  type HTTPCredentials,
} from '../../../lib/handlers/http/request-headers';

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
