import { describe, expect, it } from 'vitest';
import { SendFailure } from '../../lib/outbox/transport';

describe('SendFailure', () => {
  it('means by default that nothing was delivered and all are tried again', () => {
    expect(new SendFailure('broken')).toMatchObject({
      name: 'SendFailure',
      message: 'broken',
      delivered: 0,
      drop: false,
      dropCount: 1,
      retryAfterMs: undefined,
    });
  });

  it('contains what was delivered, what is refused, when to try again and why', () => {
    const cause = new Error('413');
    const failure = new SendFailure('refused', { delivered: 3, drop: true, retryAfterMs: 500, cause });

    expect(failure).toMatchObject({ delivered: 3, drop: true, retryAfterMs: 500, cause });
  });
});
