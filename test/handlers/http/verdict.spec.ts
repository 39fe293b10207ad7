import { describe, expect, it } from 'vitest';
import { retryAfterMs, verdictOn, type HttpReply } from '../../../lib/handlers/http/verdict';

function reply(status: number, more: Partial<HttpReply> = {}): HttpReply {
  return { status, statusText: '', retryAfter: undefined, location: undefined, text: '', ...more };
}

describe('verdictOn', () => {
  it.each([200, 201, 202, 204, 299])('takes %i for delivered', (status) => {
    expect(verdictOn(reply(status), 0)).toEqual({ kind: 'taken' });
  });

  it.each([408, 425, 429, 500, 501, 502, 503, 504, 599])('tries again after %i', (status) => {
    expect(verdictOn(reply(status), 0)).toMatchObject({ kind: 'again', afterMs: undefined });
  });

  it('waits as long as the server asks', () => {
    expect(verdictOn(reply(503, { retryAfter: '3' }), 0)).toMatchObject({ afterMs: 3000 });
  });

  it.each([301, 302, 304, 307, 308, 401, 403, 404, 405, 410, 431])(
    'takes %i for a refusal of everything',
    (status) => {
      expect(verdictOn(reply(status), 0)).toMatchObject({ kind: 'refused', divide: undefined });
    },
  );

  it.each([
    [400, 'one is bad'],
    [422, 'one is bad'],
    [413, 'too large'],
  ])('takes %i for a refusal of this body', (status, divide) => {
    expect(verdictOn(reply(status), 0)).toMatchObject({ kind: 'refused', divide });
  });

  it('says what the server said', () => {
    const verdict = verdictOn(reply(400, { statusText: 'Bad Request', text: 'no field "time"' }), 0);

    expect(verdict).toMatchObject({ why: 'the server answered 400 Bad Request: no field "time"' });
  });

  it('says where a redirect points, and that it is not followed', () => {
    const verdict = verdictOn(reply(301, { statusText: 'Moved', location: 'https://other/log' }), 0);

    expect(verdict).toMatchObject({
      why: 'the server answered 301 Moved to https://other/log (redirects are not followed)',
    });
  });
});

const NOW = Date.UTC(2024, 0, 1, 12);

describe('retryAfterMs', () => {
  it.each([
    ['0', 0],
    ['7', 7000],
    [' 120 ', 120_000],
    ['Mon, 01 Jan 2024 12:00:30 GMT', 30_000],
    ['Monday, 01-Jan-24 12:00:30 GMT', 30_000],
    ['Mon, 01 Jan 2024 11:00:00 GMT', 0],
  ])('reads %j', (header, ms) => {
    expect(retryAfterMs(header, NOW)).toBe(ms);
  });

  it.each(['99999999999999999999', 'Fri, 31 Dec 9999 23:59:59 GMT'])(
    'waits an hour at most for %j',
    (header) => {
      expect(retryAfterMs(header, NOW)).toBe(3_600_000);
    },
  );

  it.each([undefined, '', '-1', '1.5', 'soon', '2024-01-01', 'Mon, 99 Foo'])(
    'makes nothing of %j',
    (header) => {
      expect(retryAfterMs(header, NOW)).toBeUndefined();
    },
  );
});
