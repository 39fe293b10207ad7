import { describe, expect, it } from 'vitest';
import { mailBody } from '../../../lib/handlers/smtp/mail-body';

describe('mailBody', () => {
  it('leaves short ASCII lines as they are', () => {
    expect(mailBody('a\r\nb\rc  \n')).toEqual({ encoding: '7bit', lines: ['a', 'b', 'c  '] });
  });

  it('is one empty line for no text', () => {
    expect(mailBody('')).toEqual({ encoding: '7bit', lines: [''] });
  });

  it('quotes a line that would begin a mail in a mailbox file', () => {
    expect(mailBody('From here\n>From there').lines).toEqual(['>From here', '>From there']);
  });

  it('encodes what is mostly ASCII as quoted-printable', () => {
    expect(mailBody(`a=b é\tx\t\n${'y'.repeat(100)} `)).toEqual({
      encoding: 'quoted-printable',
      lines: ['a=3Db =C3=A9\tx=09', `${'y'.repeat(77)}=`, `${'y'.repeat(23)}=20`],
    });
  });

  it('encodes the rest as base64', () => {
    const { encoding, lines } = mailBody('ж'.repeat(100));

    expect(encoding).toBe('base64');
    expect(lines.slice(0, -1).every((line) => line.length === 76)).toBe(true);
    expect(Buffer.from(lines.join(''), 'base64').toString()).toBe(`${'ж'.repeat(100)}\n`);
  });

  it.each(['\0', 'é', 'x'.repeat(79)])('does not send %j as it is', (text) => {
    expect(mailBody(text).encoding).not.toBe('7bit');
  });
});
