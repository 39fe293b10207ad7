import { describe, expect, it } from 'vitest';
import { SmtpLoginError } from '../../../lib/handlers/smtp/smtp-login.error';

describe('SmtpLoginError', () => {
  it.each([
    [0, true],
    [454, false],
    [535, true],
  ])('with status %i is final: %s', (status, isFinal) => {
    expect(new SmtpLoginError('refused', status).isFinal).toBe(isFinal);
  });
});
