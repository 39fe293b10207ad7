import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  hostAndPort,
  mailServer,
  mailSettings,
  type MailSettingsOptions,
} from '../../../lib/handlers/mail/mail-settings';
import { tempDir } from '../../support/temp-dir';

const OWNER = 'SMTPHandler';

const GOOD = { fromaddr: 'App <app@example.com>', toaddrs: ['a@x', 'B <b@x>, c@x'], subject: 'Log' };

describe('mailSettings', () => {
  it('reads sender and recipients', () => {
    expect(mailSettings(OWNER, 'mail', GOOD)).toMatchObject({
      from: 'app@example.com',
      to: ['a@x', 'b@x', 'c@x'],
      addresses: 'From: App <app@example.com>\r\nTo: a@x, B <b@x>, c@x',
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
    expect(() => mailSettings(OWNER, 'mail', options as MailSettingsOptions)).toThrow(
      `SMTPHandler: ${message}`,
    );
  });
});

describe('mailServer', () => {
  it.each([
    ['mail', {}, 25],
    [['mail', 2525], {}, 2525],
    [['mail', null], {}, 25],
    [['mail', 0], {}, 25],
    ['::1', {}, 25],
    ['mail', { secure: true }, 25],
    ['mail', { secure: 'tls' }, 465],
    [['mail', 587], { secure: 'tls' }, 587],
  ] as const)('of %j with %j has port %i', (mailhost, options, port) => {
    expect(mailServer(OWNER, mailhost, options).port).toBe(port);
  });

  it.each([
    [{}, 'none'],
    [{ secure: false }, 'none'],
    [{ secure: true }, 'starttls'],
    [{ secure: [] }, 'starttls'],
    [{ secure: { ca: 'x' } }, 'starttls'],
    [{ secure: 'tls' }, 'implicit'],
  ] as const)('with %j encrypts: %s', (options, encryption) => {
    expect(mailServer(OWNER, 'mail', options).encryption).toBe(encryption);
  });

  it('takes TLS options beside the kind of security, or as it', () => {
    expect(mailServer(OWNER, 'mail', { secure: 'tls', tls: { ca: 'x' } }).tls).toEqual({ ca: 'x' });
    expect(mailServer(OWNER, 'mail', { secure: { ca: 'x' } }).tls).toEqual({ ca: 'x' });
  });

  it('reads the key and the certificate of Python', () => {
    const [key, cert] = [join(tempDir(), 'key'), join(tempDir(), 'cert')];
    writeFileSync(key, 'KEY');
    writeFileSync(cert, 'CERT');

    expect(mailServer(OWNER, 'mail', { secure: [key, cert] }).tls).toEqual({
      key: Buffer.from('KEY'),
      cert: Buffer.from('CERT'),
    });
  });

  it('waits 5 seconds unless told otherwise', () => {
    expect(mailServer(OWNER, 'mail', {}).timeoutMs).toBe(5000);
    expect(mailServer(OWNER, 'mail', { timeout: 0.5 }).timeoutMs).toBe(500);
  });

  it.each([
    [
      'mail:2525',
      {},
      '"mailhost" must be a host name, got "mail:2525"; write the port apart: ["mail", 2525].',
    ],
    ['', {}, '"mailhost" must be a host name or [host, port], got "".'],
    [7, {}, '"mailhost" must be a host name or [host, port], got 7.'],
    [['mail', 25, 1], {}, '"mailhost" must be'],
    ['a\r\nb', {}, '"mailhost" must be'],
    [['mail', 70_000], {}, 'the port in "mailhost" must be from 0 to 65535, got 70000'],
    [['mail', '25'], {}, 'the port in "mailhost" must be from 0 to 65535, got "25"'],
    ['mail', { tls: {} }, '"tls" is given without "secure"'],
    ['mail', { secure: 'ssl' }, `"secure" must be true, 'tls'`],
    ['mail', { secure: ['key.pem'] }, '"secure" must be [] or [keyfile, certfile], got 1 items.'],
    ['mail', { secure: ['/none/k', '/none/c'] }, '"secure" names a file that cannot be read'],
    ['mail', { credentials: ['u'] }, '"credentials" must be [user, password], two strings.'],
    ['mail', { credentials: 'u:secret' }, '"credentials" must be [user, password], two strings.'],
  ] as readonly [unknown, object, string][])('refuses %j with %j', (mailhost, options, message) => {
    expect(() => mailServer(OWNER, mailhost, options)).toThrow(`SMTPHandler: ${message}`);
  });
});

describe('hostAndPort', () => {
  it('gives them as they were given', () => {
    expect(hostAndPort(OWNER, ['mail', null])).toEqual(['mail', undefined]);
    expect(hostAndPort(OWNER, ['mail', 25])).toEqual(['mail', 25]);
  });
});
