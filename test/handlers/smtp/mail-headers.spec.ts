import { describe, expect, it } from 'vitest';
import { addressHeader, textHeader } from '../../../lib/handlers/smtp/mail-headers';

describe('textHeader', () => {
  it.each([
    ['Log', 'Subject: Log'],
    ['', 'Subject:'],
    ['two  spaces and one after ', 'Subject: two  spaces and one after '],
    ['Ошибка в сервисе ✓', 'Subject: =?utf-8?b?0J7RiNC40LHQutCwINCyINGB0LXRgNCy0LjRgdC1IOKckw==?='],
    ['order é of é today', 'Subject: order =?utf-8?q?=C3=A9_of_=C3=A9?= today'],
    ['=?utf-8?q?x?=', 'Subject: =?utf-8?b?PT91dGYtOD9xP3g/PQ==?='],
  ])('writes %j', (value, expected) => {
    expect(textHeader('Subject', value)).toBe(expected);
  });

  it('encodes a word that fits into no line', () => {
    const lines = textHeader('Subject', `at ${'x'.repeat(200)}`).split('\r\n');

    expect(lines[0]).toMatch(/^Subject: at =\?utf-8\?q\?x+\?=$/);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(78);
  });
});

describe('addressHeader', () => {
  const box = (name: string, address: string): { name: string; address: string } => ({ name, address });

  it.each([
    ['addresses by commas alone', [box('', 'a@x'), box('', 'b@x')], 'To: a@x,b@x'],
    ['a plain name as it is', [box('My App', 'a@x')], 'To: My App <a@x>'],
    ['other names in quotes', [box('Smith, "J"', 'a@x')], 'To: "Smith, \\"J\\"" <a@x>'],
    [
      'names beyond ASCII encoded',
      [box('Приложение', 'a@x')],
      'To: =?utf-8?b?0J/RgNC40LvQvtC20LXQvdC40LU=?= <a@x>',
    ],
  ])('writes %s', (_what, mailboxes, expected) => {
    expect(addressHeader('To', mailboxes)).toBe(expected);
  });

  it('breaks a long list after a comma', () => {
    const mailboxes = Array.from({ length: 10 }, (_, at) => box('', `person${at}@example.com`));
    const lines = addressHeader('To', mailboxes).split('\r\n');

    expect(lines.length).toBeGreaterThan(2);
    expect(lines.every((line) => line.length <= 78)).toBe(true);
    expect(lines.join('').replace('To: ', '').split(/, ?/)).toEqual(mailboxes.map(({ address }) => address));
  });
});
