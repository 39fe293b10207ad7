import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../../lib/handlers/http/retry-after';

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
