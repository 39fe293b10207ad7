import { describe, expect, it } from 'vitest';
import { withoutCredentials } from '../../../lib/formatters/json/credential-headers';
import { JsonFormatter, makeLogRecord, PrettyFormatter } from '../../../lib/logging';

const headers = {
  host: 'shop',
  Authorization: 'Bearer s3cret',
  cookie: 'sid=s3cret',
  'set-cookie': ['s3cret'],
};

describe('withoutCredentials', () => {
  it('censors credentials under "headers", in any case, and leaves the original alone', () => {
    expect(withoutCredentials('headers', headers)).toEqual({
      host: 'shop',
      Authorization: '[Redacted]',
      cookie: '[Redacted]',
      'set-cookie': '[Redacted]',
    });
    expect(headers.cookie).toBe('sid=s3cret');
  });

  it('returns everything else as it is', () => {
    expect(withoutCredentials('body', headers)).toBe(headers);
    expect(withoutCredentials('headers', 'text')).toBe('text');
  });

  it.each([{ headers }, { req: { headers } }, { a: { response: { headers } } }])(
    'holds for the fields %j',
    (extra) => {
      for (const formatter of [new JsonFormatter(), new PrettyFormatter({ colors: false })]) {
        const text = formatter.format(makeLogRecord({ msg: 'in', extra }));
        expect(text).toContain('shop');
        expect(text).not.toContain('s3cret');
      }
    },
  );
});
