/** What the mail handlers promise with any mail server that offers STARTTLS, TLS from the start, and a login. */
import { expect, it, onTestFinished } from 'vitest';
import { SMTPHandler, type SMTPHandlerOptions } from '../../lib/handlers';
import { capturedStderr } from '../support/captured-stderr';
import { certificates } from '../support/certificates';
import { shownMail } from '../support/mail-source';
import { some } from '../support/some';
import { until } from '../support/until';

export interface StoredMail {
  /** Headers and text, as the server stored it, with `\n`. */
  readonly source: string;
  readonly to: readonly string[];
}

/** A running server whose user `u` has the password `p`; it knows `ops@example.test` and not `nobody@example.com`. */
export interface MailServer {
  readonly starttls: number;
  readonly smtps: number;
  readonly mails: readonly StoredMail[];
  /** Ends it; it can be started again on the same ports. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

const MAIL = { fromaddr: 'App <app@example.test>', toaddrs: 'ops@example.test', subject: 'Log' };
const TEXT = 'order 13 refused\n.a line with a dot\n.\nОшибка ✓';

function mailer(port: number, options: Partial<SMTPHandlerOptions> = {}): SMTPHandler {
  const handler = new SMTPHandler(['localhost', port], {
    ...MAIL,
    credentials: ['u', 'p'],
    secure: true,
    tls: { ca: certificates().ca },
    retryStart: 0.05,
    retryMax: 0.2,
    flushTimeout: 20,
    ...options,
  });
  onTestFinished(async () => handler.close());
  return handler;
}

export function itMails(start: () => Promise<MailServer>): void {
  it.each([
    ['STARTTLS', 'starttls', true],
    ['TLS from the start', 'smtps', 'tls'],
  ] as const)('logs in and mails over %s', async (_what, port, secure) => {
    const server = await start();
    const handler = mailer(server[port], { secure });

    handler.handle(some.record({ message: TEXT }));
    await handler.flush();
    const mail = await until(() => server.mails[0]);

    expect(handler.stats()).toMatchObject({ sent: 1, queued: 0 });
    expect(shownMail(mail.source).text.trimEnd()).toBe(TEXT);
    expect(mail.source).toMatch(/^Subject: Log$/m);
    expect(mail.source).toMatch(/^From: App <app@example\.test>$/m);
    expect(mail.to).toEqual(['ops@example.test']);
  });

  it('drops and reports mails whose password is wrong', async () => {
    const stderr = capturedStderr();
    const server = await start();
    const handler = mailer(server.starttls, { credentials: ['u', 'not this one'] });

    for (let at = 0; at < 3; at++) handler.handle(some.record());
    await handler.flush();

    expect(handler.stats()).toMatchObject({ sent: 0, queued: 0, dropped: { refused: 3 } });
    expect(stderr.text).toContain('the server refused the credentials: 535');
    expect(server.mails).toEqual([]);
  });

  it('does not send to a server whose authority is unknown', async () => {
    const stderr = capturedStderr();
    const server = await start();
    const handler = mailer(server.starttls, { tls: {}, flushTimeout: 0 });

    handler.handle(some.record());
    await until(() => stderr.text.includes('delivery failed'));
    await handler.close();

    expect(stderr.text).toMatch(/certificate|issuer/);
    expect(server.mails).toEqual([]);
  });

  it('mails to the others when a recipient is refused', async () => {
    const stderr = capturedStderr();
    const server = await start();
    const handler = mailer(server.starttls, { toaddrs: ['nobody@example.com', 'ops@example.test'] });

    handler.handle(some.record());
    await handler.flush();
    const mail = await until(() => server.mails[0]);

    expect(mail.to).toEqual(['ops@example.test']);
    expect(handler.stats()).toMatchObject({ sent: 1, dropped: { refused: 0 } });
    expect(stderr.text).toContain('a recipient was refused, the others have the mail');
  });

  it('drops and reports a mail all of whose recipients are refused', async () => {
    const stderr = capturedStderr();
    const server = await start();
    const handler = mailer(server.starttls, { toaddrs: 'nobody@example.com' });

    handler.handle(some.record());
    await handler.flush();

    expect(handler.stats()).toMatchObject({ sent: 0, queued: 0, dropped: { refused: 1 } });
    expect(stderr.text).toContain('a record was refused, and dropped');
  });

  it('mails in order what was logged before, during and after a restart', async () => {
    capturedStderr();
    const server = await start();
    const handler = mailer(server.starttls);
    const log = (message: string): unknown => handler.handle(some.record({ message }));

    log('before');
    await handler.flush();
    await server.stop();
    for (let at = 0; at < 5; at++) log(`during ${at}`);
    await until(() => handler.stats().queued === 5);
    await server.start();
    log('after');
    await until(() => handler.stats().sent === 7);

    await until(() => server.mails.length === 7);
    const texts = server.mails.map((mail) => shownMail(mail.source).text.trimEnd());
    expect(texts.toSorted()).toEqual(['after', 'before', ...[0, 1, 2, 3, 4].map((at) => `during ${at}`)]);
  });
}
