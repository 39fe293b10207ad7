import { describe, expect, it } from 'vitest';
import { addressLines, mailMessage, type MailContent } from '../../../lib/handlers/mail/mail-message';
import { shownMail } from '../../support/mail-source';

const CONTENT: MailContent = {
  addresses: addressLines({ name: 'App', address: 'app@example.com' }, [
    { name: '', address: 'ops@example.com' },
  ]),
  subject: 'Log',
  date: 1_700_000_000.75,
  text: 'Hello',
};

function source(content: Partial<MailContent>): string {
  return mailMessage({ ...CONTENT, ...content }).toString();
}

function subjectOf(subject: string): string | undefined {
  return shownMail(source({ subject })).headers['subject'];
}

function longestLine(text: string): number {
  return Math.max(...text.split('\r\n').map((line) => line.length));
}

describe('mailMessage', () => {
  it('has the headers of Python, and ends with a line break', () => {
    expect(
      source({})
        .replace(/Date: .*/, 'Date: then')
        .split('\r\n'),
    ).toEqual([
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
    const { date = '' } = shownMail(source({})).headers;

    expect(date).toMatch(/^\w{3}, \d\d Nov 2023 \d\d:\d\d:20 [+-]\d{4}$/);
    expect(Date.parse(date)).toBe(1_700_000_000_000);
  });

  it('has the current time as its date if the record has no time', () => {
    const { date = '' } = shownMail(source({ date: Number.NaN })).headers;

    expect(Date.parse(date)).toBeGreaterThan(1_700_000_000_000);
  });
});

describe('the subject', () => {
  it.each([
    ['Log'],
    [''],
    ['two  spaces and one after '],
    ['Ошибка в сервисе ✓'],
    ['order é of é today'],
    // A reader would take it for an encoded word.
    ['=?utf-8?q?x?='],
    ['a\x1b[31m\0b'],
    [`at ${'x'.repeat(200)}`],
    [`a${' '.repeat(200)}b`],
    ['ж'.repeat(200)],
    ['😀'.repeat(100)],
  ])('%j is shown as it is, in short lines of ASCII', (subject) => {
    const text = source({ subject });

    expect(subjectOf(subject)).toBe(subject);
    expect(text).toMatch(/^[\r\n\x20-\x7e]*$/);
    expect(longestLine(text)).toBeLessThanOrEqual(78);
    expect(text.split('\r\n\r\n').length).toBe(2);
  });

  it('is one line, whatever line breaks it has', () => {
    expect(subjectOf('order 13 \r\n  Bcc: evil@example.com\n')).toBe('order 13 Bcc: evil@example.com');
  });

  it('is cut if it is longer than 500 characters', () => {
    const subject = 'ab cd '.repeat(200);

    expect(subjectOf(subject)).toBe(`${subject.slice(0, 500)}…`);
  });

  it('is cut between two characters', () => {
    expect(subjectOf(`${'x'.repeat(499)}😀`)).toBe(`${'x'.repeat(499)}…`);
  });

  it('is cut in linear time', () => {
    const start = performance.now();
    source({ subject: `${' '.repeat(1_000_000)}\nx` });

    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe('the addresses', () => {
  const box = (name: string, address: string): { name: string; address: string } => ({ name, address });

  it.each([
    ['a plain name as it is', box('My App', 'a@x'), 'From: My App <a@x>'],
    ['other names in quotes', box('Smith, "J"', 'a@x'), 'From: "Smith, \\"J\\"" <a@x>'],
    [
      'names beyond ASCII encoded',
      box('Приложение', 'a@x'),
      'From: =?UTF-8?B?0J/RgNC40LvQvtC20LXQvdC40LU=?= <a@x>',
    ],
  ])('have %s', (_what, from, expected) => {
    expect(addressLines(from, [box('', 'b@x')])).toBe(`${expected}\r\nTo: b@x`);
  });

  it('are on several lines if they are many', () => {
    const to = Array.from({ length: 10 }, (_, at) => box('', `person${at}@example.com`));
    const text = addressLines(box('', 'a@x'), to);

    expect(longestLine(text)).toBeLessThanOrEqual(78);
    expect(text.replaceAll('\r\n ', ' ')).toBe(
      `From: a@x\r\nTo: ${to.map(({ address }) => address).join(', ')}`,
    );
  });
});

describe('the text', () => {
  it.each([
    ['short lines of ASCII', 'a\r\nb\rc  \n', '7bit', 'a\nb\nc  \n'],
    ['no text', '', '7bit', '\n'],
    ['what begins like a mail in a mailbox file', 'From a\n>From b', '7bit', '>From a\n>From b\n'],
    ['mostly ASCII', `a=b é\tx\t\n${'y'.repeat(100)} `, 'quoted-printable', undefined],
    ['a NUL', 'a\0', 'quoted-printable', undefined],
    ['a long line', 'x'.repeat(79), 'quoted-printable', undefined],
    ['little ASCII', 'ж'.repeat(100), 'base64', undefined],
  ])('that is %s is sent in short lines', (_what, text, encoding, expected) => {
    const sent = source({ text });
    const shown = shownMail(sent);

    expect(shown.headers['content-transfer-encoding']).toBe(encoding);
    expect(shown.text).toBe(expected ?? `${text}\n`);
    expect(longestLine(sent)).toBeLessThanOrEqual(78);
    expect(sent).toMatch(/^[\r\n\t\x20-\x7e]*$/);
  });
});
