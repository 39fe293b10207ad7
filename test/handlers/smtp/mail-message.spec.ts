import { describe, expect, it } from 'vitest';
import { addressLines, mailMessage, type MailContent } from '../../../lib/handlers/smtp/mail-message';

const CONTENT: MailContent = {
  addresses: addressLines({ name: 'App', address: 'app@example.com' }, [
    { name: '', address: 'ops@example.com' },
  ]),
  subject: 'Log',
  date: 1_700_000_000.75,
  text: 'Hello',
};

function header(name: string, content: Partial<MailContent>): string {
  const text = mailMessage({ ...CONTENT, ...content }).toString();
  const unfolded = text.replace(/\r\n /g, ' ');
  return new RegExp(`^${name}: (.*)\r$`, 'm').exec(unfolded)?.[1] ?? 'none';
}

describe('mailMessage', () => {
  it('has the headers of Python and a last line that ends', () => {
    const text = mailMessage(CONTENT)
      .toString()
      .replace(/Date: .*/, 'Date: then');

    expect(text.split('\r\n')).toEqual([
      'From: App <app@example.com>',
      'To: ops@example.com',
      'Subject: Log',
      'Date: then',
      'Content-Type: text/plain; charset="utf-8"',
      'Content-Transfer-Encoding: 7bit',
      'MIME-Version: 1.0',
      '',
      'Hello',
      '',
    ]);
  });

  it('says the time in the zone of the process, with its offset', () => {
    const date = header('Date', {});

    expect(date).toMatch(/^\w{3}, \d\d Nov 2023 \d\d:\d\d:20 [+-]\d{4}$/);
    expect(Date.parse(date)).toBe(1_700_000_000_000);
  });

  it('has the present as its date when the record has no time', () => {
    expect(Date.parse(header('Date', { date: Number.NaN }))).toBeGreaterThan(1_700_000_000_000);
  });

  it('makes one line of a subject with line breaks', () => {
    expect(header('Subject', { subject: 'order 13 \r\n  Bcc: evil@example.com\n' })).toBe(
      'order 13 Bcc: evil@example.com',
    );
  });

  it('cuts a subject that servers would refuse', () => {
    const subject = header('Subject', { subject: 'ab cd '.repeat(200) });

    expect(subject.startsWith('ab cd ab cd')).toBe(true);
    expect(subject.endsWith('?=')).toBe(true);
    expect(subject.length).toBeLessThan(600);
  });

  it('is not slow to cut what is long and blank', () => {
    const start = performance.now();
    mailMessage({ ...CONTENT, subject: `${' '.repeat(1_000_000)}\nx` });

    expect(performance.now() - start).toBeLessThan(1000);
  });
});
