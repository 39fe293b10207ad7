import { describe, expect, it } from 'vitest';
import { SendFailure } from '../../lib/outbox/send-failure';

describe('SendFailure', () => {
  it('means by itself that nothing was delivered and all is to be tried again', () => {
    expect(new SendFailure('broken')).toMatchObject({
      name: 'SendFailure',
      message: 'broken',
      delivered: 0,
      drop: false,
      dropCount: 1,
      retryAfterMs: undefined,
    });
  });

  it('says what was delivered, what is refused, when to come back and why', () => {
    const cause = new Error('413');
    const failure = new SendFailure('refused', { delivered: 3, drop: true, retryAfterMs: 500, cause });

    expect(failure).toMatchObject({ delivered: 3, drop: true, retryAfterMs: 500, cause });
  });
});
