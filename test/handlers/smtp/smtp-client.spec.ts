import { describe, expect, it } from 'vitest';
import { loadSmtpClient } from '../../../lib/handlers/smtp/smtp-client';

describe('loadSmtpClient', () => {
  it("is nodemailer's connection", () => {
    expect(loadSmtpClient('SMTPHandler').name).toBe('SMTPConnection');
  });
});
