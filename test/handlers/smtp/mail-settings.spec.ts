import { describe, expect, it } from 'vitest';
import { mailSettings, type MailSettingsOptions } from '../../../lib/handlers/smtp/mail-settings';

const GOOD = { fromaddr: 'App <app@example.com>', toaddrs: ['a@x', 'B <b@x>, c@x'], subject: 'Log' };

function settings(options: object): unknown {
  return mailSettings('SMTPHandler', 'mail', options as MailSettingsOptions);
}

describe('mailSettings', () => {
  it('reads sender and recipients', () => {
    expect(mailSettings('SMTPHandler', 'mail', GOOD)).toMatchObject({
      from: 'app@example.com',
      to: ['a@x', 'b@x', 'c@x'],
      addresses: 'From: App <app@example.com>\r\nTo: a@x,B <b@x>,c@x',
      subject: 'Log',
      server: { host: 'mail', port: 25 },
    });
  });

  it.each([
    [{ ...GOOD, fromaddr: undefined }, '"fromaddr" must be a string, got undefined.'],
    [{ ...GOOD, fromaddr: 'a@x, b@x' }, '"fromaddr" must be one address, got 2.'],
    [{ ...GOOD, fromaddr: 'a@x\r\nBcc: b@x' }, '"fromaddr" must not contain line breaks'],
    [{ ...GOOD, toaddrs: [] }, '"toaddrs" must name at least one recipient, got none.'],
    [{ ...GOOD, toaddrs: undefined }, '"toaddrs" must be a string, got undefined.'],
    [{ ...GOOD, toaddrs: ['a@x', 'b@x\r\nBcc: c@x'] }, '"toaddrs" must not contain line breaks'],
    [{ ...GOOD, subject: undefined }, '"subject" must be a string, got undefined.'],
    [{ ...GOOD, subject: 'Log\r\nBcc: b@x' }, '"subject" must not contain line breaks'],
  ])('refuses %j', (options, message) => {
    expect(() => settings(options)).toThrow(`SMTPHandler: ${message}`);
  });
});
