import { describe, expect, it } from 'vitest';
import { SmtpLoginError } from '../../../lib/handlers/smtp/smtp-login.error';
import { isRefusedForGood } from '../../../lib/handlers/smtp/smtp-refusal';

describe('isRefusedForGood', () => {
  it.each([
    ['a 550 to the sender', { code: 'EENVELOPE', command: 'MAIL FROM', responseCode: 550 }, true],
    ['a 451 to the sender', { code: 'EENVELOPE', command: 'MAIL FROM', responseCode: 451 }, false],
    ['a 552 to the text', { code: 'EMESSAGE', command: 'DATA', responseCode: 552 }, true],
    ['a command out of step', { code: 'EENVELOPE', command: 'MAIL FROM', responseCode: 503 }, false],
    ['a mail that is too large', { code: 'EMESSAGE', command: 'MAIL FROM' }, true],
    ['a 554 in place of a greeting', { code: 'EPROTOCOL', command: 'CONN', responseCode: 554 }, false],
    ['a server without STARTTLS', { code: 'ETLS', command: 'STARTTLS', responseCode: 502 }, false],
    ['a refused connection', { code: 'ECONNREFUSED' }, false],
    ['a silent server', { code: 'ETIMEDOUT', command: 'CONN' }, false],
    ['recipients refused for good', { rejectedErrors: [{ responseCode: 550 }, { responseCode: 553 }] }, true],
    [
      'recipients of which one may work later',
      { rejectedErrors: [{ responseCode: 550 }, { responseCode: 450 }] },
      false,
    ],
    ['wrong credentials', new SmtpLoginError('no', 535), true],
    ['no login at all', new SmtpLoginError('no', 0), true],
    ['a user database that is away', new SmtpLoginError('later', 454), false],
  ])('is decided for %s', (_what, error, expected) => {
    expect(isRefusedForGood(error)).toBe(expected);
  });
});
