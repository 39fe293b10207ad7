import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LogRecord } from '../../lib/core/log-record';
import { SMTPHandler, type SMTPHandlerOptions } from '../../lib/handlers';
import { handlerContract } from '../../lib/testing';
import { headerOf, startSmtpServer, textOf, type SmtpPeer } from '../peers/smtp-server';
import { capturedStderr } from '../support/captured-stderr';
import { certificates } from '../support/certificates';
import { compiledLib } from '../support/compiled-lib';
import { some } from '../support/some';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

const MAIL = { fromaddr: 'app@example.com', toaddrs: 'ops@example.com', subject: 'Log' };

function mailer(port: number, options: Partial<SMTPHandlerOptions> = {}): SMTPHandler {
  const handler = new SMTPHandler(['127.0.0.1', port], { ...MAIL, timeout: 2, retryStart: 0.01, ...options });
  onTestFinished(async () => handler.close());
  return handler;
}

const peers = new WeakMap<SMTPHandler, SmtpPeer>();

for (const { title, run } of handlerContract('SMTPHandler', {
  create: async (options) => {
    const peer = await startSmtpServer();
    const handler = mailer(peer.port, options);
    peers.set(handler, peer);
    return handler;
  },
  read: (handler) => (peers.get(handler)?.texts ?? []).flatMap((text) => text.split('\r\n')),
  cleanUp: async (handler) => peers.get(handler)?.stop(),
})) {
  it(title, run);
}

describe('SMTPHandler', () => {
  it('mails each record', async () => {
    const peer = await startSmtpServer();
    const handler = mailer(peer.port, { toaddrs: ['a@example.com', 'B <b@example.com>'] });

    handler.handle(some.record({ message: 'order %d refused', args: [13], created: 1_700_000_000 }));
    handler.handle(some.record({ message: 'Ошибка' }));
    await handler.flush();

    expect(peer.mails.map(({ from, to }) => [from, to])).toEqual([
      ['app@example.com', ['a@example.com', 'b@example.com']],
      ['app@example.com', ['a@example.com', 'b@example.com']],
    ]);
    const [first] = peer.mails;
    expect(first && textOf(first)).toBe('order 13 refused');
    expect(first && headerOf(first, 'To')).toBe('a@example.com, B <b@example.com>');
    expect(Date.parse((first && headerOf(first, 'Date')) ?? '')).toBe(1_700_000_000_000);
    expect(handler.stats()).toMatchObject({ sent: 2, queued: 0 });
  });

  it('connects to nobody before the first record', async () => {
    const peer = await startSmtpServer();
    const handler = mailer(peer.port);

    await handler.flush();

    expect(peer.connections).toBe(0);
  });

  it('asks the subclass for the subject, and makes one line of it', async () => {
    class Titled extends SMTPHandler {
      override getSubject(record: LogRecord): string {
        return `${record.levelname}: ${record.getMessage()}`;
      }
    }
    const peer = await startSmtpServer();
    const handler = new Titled(['127.0.0.1', peer.port], MAIL);
    onTestFinished(async () => handler.close());

    handler.handle(some.record({ message: 'first\r\nBcc: evil@example.com' }));
    await handler.flush();

    const [mail] = peer.mails;
    expect(mail && headerOf(mail, 'Subject')).toBe('INFO: first Bcc: evil@example.com');
    expect(mail && headerOf(mail, 'Bcc')).toBeUndefined();
    expect(mail?.to).toEqual(['ops@example.com']);
  });

  it('keeps what is logged while the server is down, and says so once', async () => {
    const stderr = capturedStderr();
    const gone = await startSmtpServer();
    await gone.stop();
    const handler = mailer(gone.port);

    for (let at = 0; at < 50; at++) handler.handle(some.record({ message: `record ${at}` }));
    await until(() => stderr.text.includes('delivery failed'));
    const back = await startSmtpServer({ port: gone.port });
    await until(() => back.mails.length === 50);
    await handler.flush();

    expect(back.texts).toEqual(Array.from({ length: 50 }, (_, at) => `record ${at}`));
    expect(stderr.text).toContain(`SMTPHandler 127.0.0.1:${gone.port}: delivery failed, 50 records wait`);
    expect(stderr.text.match(/delivery failed/g)?.length).toBe(1);
    expect(handler.stats()).toMatchObject({ sent: 50, queued: 0 });
  });

  it('goes on over a restart of the server', async () => {
    capturedStderr();
    const peer = await startSmtpServer();
    const handler = mailer(peer.port);
    handler.handle(some.record({ message: 'before' }));
    await handler.flush();
    await peer.stop();

    handler.handle(some.record({ message: 'between' }));
    const again = await startSmtpServer({ port: peer.port });
    handler.handle(some.record({ message: 'after' }));
    await until(() => again.mails.length === 2);

    expect(peer.texts).toEqual(['before']);
    expect(again.texts).toEqual(['between', 'after']);
  });

  it('drops and reports what the server refuses for good, and sends the others', async () => {
    const stderr = capturedStderr();
    const peer = await startSmtpServer({
      text: (source) => (source.includes('bad') ? '554 looks like spam' : undefined),
    });
    const handler = mailer(peer.port);

    for (const message of ['a', 'bad', 'c']) handler.handle(some.record({ message }));
    await handler.flush();

    expect(peer.texts).toEqual(['a', 'c']);
    expect(handler.stats()).toMatchObject({ sent: 2, dropped: { refused: 1 } });
    expect(stderr.text).toContain('a record was refused, and dropped');
    expect(stderr.text).toContain('554 looks like spam');
  });

  it('reports a recipient who is refused while the others have the mail', async () => {
    const stderr = capturedStderr();
    const peer = await startSmtpServer({
      recipient: (address) => (address.startsWith('b@') ? '550 no such user' : undefined),
    });
    const handler = mailer(peer.port, { toaddrs: ['a@example.com', 'b@example.com'] });

    handler.handle(some.record());
    await handler.flush();

    expect(peer.mails).toMatchObject([{ to: ['a@example.com'] }]);
    expect(handler.stats()).toMatchObject({ sent: 1, dropped: { refused: 0 } });
    expect(stderr.text).toContain('a recipient was refused, the others have the mail');
  });

  it('drops and reports mails whose credentials are wrong', async () => {
    const stderr = capturedStderr();
    const peer = await startSmtpServer({ credentials: ['u', 'right'] });
    const handler = mailer(peer.port, { credentials: ['u', 'a wrong one'] });

    for (let at = 0; at < 20; at++) handler.handle(some.record());
    await handler.flush();

    expect(peer.mails).toEqual([]);
    expect(peer.connections).toBe(1);
    expect(handler.stats()).toMatchObject({ sent: 0, queued: 0, dropped: { refused: 20 } });
    expect(stderr.text).toContain('the server refused the credentials: 535');
    expect(stderr.text).not.toContain('a wrong one');
  });

  it.each([
    ['STARTTLS', {}, { secure: true }],
    ['TLS from the start', { secure: true }, { secure: 'tls' }],
  ] as const)('logs in over %s, by a certificate of an own authority', async (_what, settings, options) => {
    const peer = await startSmtpServer({ ...settings, credentials: ['u', 'p'] });
    const handler = mailer(peer.port, {
      ...options,
      tls: { ca: certificates().ca },
      credentials: ['u', 'p'],
    });

    handler.handle(some.record());
    await handler.flush();

    expect(peer.mails).toMatchObject([{ isSecure: true, user: 'u' }]);
  });

  it.each([
    ['of an unknown authority', 'server', undefined, /certificate|issuer/],
    ['that is over', 'expired', 'ca', /expired/],
    ['for another host', 'otherHost', 'ca', /altnames|Hostname/],
  ] as const)('sends nothing to a server with a certificate %s', async (_what, name, ca, why) => {
    const stderr = capturedStderr();
    const peer = await startSmtpServer({ certificate: certificates()[name] });
    const tls = ca === undefined ? {} : { ca: certificates().ca };
    const handler = mailer(peer.port, { secure: true, tls, flushTimeout: 0.2 });

    handler.handle(some.record());
    await until(() => stderr.text.includes('delivery failed'));
    await handler.close();

    expect(stderr.text).toMatch(why);
    expect(peer.mails).toEqual([]);
    expect(handler.stats()).toMatchObject({ sent: 0, queued: 0, dropped: { closed: 1 } });
  });

  it('mails without a login when the user is empty, as CPython does', async () => {
    const peer = await startSmtpServer();
    const handler = mailer(peer.port, { credentials: ['', 'secret'] });

    handler.handle(some.record());
    await handler.flush();

    expect(handler.stats()).toMatchObject({ sent: 1, queued: 0 });
    expect(peer.mails).toHaveLength(1);
  });

  it('uses TLS whenever it is asked for, also without credentials', async () => {
    const peer = await startSmtpServer();
    const handler = mailer(peer.port, { secure: { ca: certificates().ca } });

    handler.handle(some.record());
    await handler.flush();

    expect(peer.mails).toMatchObject([{ isSecure: true }]);
  });

  it('never blocks the event loop for long with a burst', async () => {
    const peer = await startSmtpServer();
    const handler = mailer(peer.port, { flushTimeout: 60 });
    for (let at = 0; at < 300; at++) handler.handle(some.record({ message: `record ${at}` }));

    await handler.flush();

    expect(peer.mails.length).toBe(300);
    expect(peer.connections).toBe(1);
  });

  it('counts what does not fit, exactly', async () => {
    capturedStderr();
    const gone = await startSmtpServer();
    await gone.stop();
    const handler = mailer(gone.port, { maxQueued: 10, flushTimeout: 0.05 });

    for (let at = 0; at < 100; at++) handler.handle(some.record());
    await handler.close();

    const { sent, queued, dropped } = handler.stats();
    expect([sent, queued, dropped]).toEqual([0, 0, { overflow: 90, refused: 0, closed: 10 }]);
  });

  it('mails a record that is logged after close, too', async () => {
    const peer = await startSmtpServer();
    const handler = mailer(peer.port);
    handler.handle(some.record({ message: 'a' }));
    await handler.close();

    handler.handle(some.record({ message: 'b' }));
    await until(() => peer.mails.length === 2);

    expect(peer.texts).toEqual(['a', 'b']);
  });

  it('says at construction how to install nodemailer when it is not there', { timeout: 60_000 }, async () => {
    const directory = tempDir();
    cpSync(await compiledLib(), directory, { recursive: true });
    const program = `try {
      new (require('./handlers').SMTPHandler)('mail', ${JSON.stringify(MAIL)});
    } catch (error) {
      process.stdout.write(error.code + ' ' + error.message);
    }`;

    expect(execFileSync(process.execPath, ['-e', program], { cwd: directory, encoding: 'utf8' })).toBe(
      'ERR_LOG_MISSING_PEER SMTPHandler: the package "nodemailer" is not installed; run `npm install nodemailer`.',
    );
  });

  it('shows its options, and not the password', () => {
    const handler = mailer(2525, { credentials: ['u', 'secret'], secure: true, timeout: 1.5 });

    expect(handler).toMatchObject({
      mailhost: '127.0.0.1',
      mailport: 2525,
      username: 'u',
      fromaddr: 'app@example.com',
      toaddrs: ['ops@example.com'],
      subject: 'Log',
      secure: true,
      timeout: 1.5,
    });
    expect(JSON.stringify(handler)).not.toContain('secret');
  });

  it.each([
    ['mail:25', MAIL, 'SMTPHandler: "mailhost" must be a host name, got "mail:25"'],
    ['mail', { ...MAIL, toaddrs: 'a b' }, 'SMTPHandler: "toaddrs" must hold mail addresses'],
    ['mail', { ...MAIL, maxQueued: 0 }, 'SMTPHandler: "maxQueued" must be a positive integer, got 0.'],
  ])('refuses %j with %j', (mailhost, options, message) => {
    expect(() => new SMTPHandler(mailhost, options)).toThrow(message);
  });
});
