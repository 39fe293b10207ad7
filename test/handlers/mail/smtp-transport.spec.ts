import { describe, expect, it, onTestFinished } from 'vitest';
import { mailServer, type MailServerOptions } from '../../../lib/handlers/mail/mail-settings';
import { SmtpLoginError } from '../../../lib/handlers/mail/smtp-login';
import { isRefusedForGood, SmtpTransport } from '../../../lib/handlers/mail/smtp-transport';
import { startSmtpServer } from '../../peers/smtp-server';
import { until } from '../../support/until';

const never = new AbortController().signal;
const message = (text: string): Buffer => Buffer.from(`Subject: x\r\n\r\n${text}\r\n`);

interface Trial {
  readonly to?: readonly string[];
  readonly from?: string;
  readonly server?: MailServerOptions;
}

function trial(
  port: number,
  { to = ['ops@example.com'], from = 'app@example.com', server = {} }: Trial = {},
): {
  readonly transport: SmtpTransport;
  readonly refused: unknown[];
} {
  const refused: unknown[] = [];
  const transport = new SmtpTransport({
    owner: 'Test',
    server: mailServer('Test', ['127.0.0.1', port], { timeout: 2, ...server }),
    from,
    to,
    onRefused: (error) => void refused.push(error),
  });
  onTestFinished(async () => transport.close());
  return { transport, refused };
}

describe('SmtpTransport', () => {
  it('sends a batch over one connection, in order', async () => {
    const peer = await startSmtpServer();
    const { transport } = trial(peer.port);

    await transport.deliver(['a', 'b', 'c'].map(message), never);

    expect(peer.texts).toEqual(['a', 'b', 'c']);
    expect(peer.connections).toBe(1);
    expect(transport.connected).toBe(true);
  });

  it('keeps the connection for the next batch, and ends it when there is none', async () => {
    const peer = await startSmtpServer();
    const { transport } = trial(peer.port);

    await transport.deliver([message('a')], never);
    await transport.deliver([message('b')], never);
    expect(peer.connections).toBe(1);

    await until(() => !transport.connected);
    await transport.deliver([message('c')], never);
    expect(peer.texts).toEqual(['a', 'b', 'c']);
    expect(peer.connections).toBe(2);
  });

  it('connects anew, without a failure, when the server has ended the connection', async () => {
    const peer = await startSmtpServer();
    const { transport } = trial(peer.port);
    await transport.deliver([message('a')], never);
    await peer.stop();
    const again = await startSmtpServer({ port: peer.port });

    await transport.deliver([message('b')], never);

    expect(again.texts).toEqual(['b']);
  });

  it('says what was delivered before the mail that is refused for good', async () => {
    const peer = await startSmtpServer({
      text: (source) => (source.includes('bad') ? '554 looks like spam' : undefined),
    });
    const { transport } = trial(peer.port);

    const failed = transport.deliver(['a', 'bad', 'c'].map(message), never);

    await expect(failed).rejects.toMatchObject({ message: 'the mail was refused', delivered: 1, drop: true });
    expect(peer.texts).toEqual(['a']);
    expect(transport.connected).toBe(false);
  });

  it('asks for another attempt when the refusal is for now', async () => {
    const peer = await startSmtpServer({ recipient: () => '450 mailbox busy' });
    const { transport } = trial(peer.port);

    await expect(transport.deliver([message('a')], never)).rejects.toMatchObject({
      message: 'the mail was not sent',
      delivered: 0,
      drop: false,
    });
  });

  it('delivers to the others when a recipient is refused, and tells of it', async () => {
    const peer = await startSmtpServer({
      recipient: (address) => (address.startsWith('b@') ? '550 no such user' : undefined),
    });
    const { transport, refused } = trial(peer.port, {
      to: ['a@example.com', 'b@example.com', 'c@example.com'],
    });

    await transport.deliver([message('x')], never);

    expect(peer.mails).toMatchObject([{ to: ['a@example.com', 'c@example.com'] }]);
    expect(refused).toMatchObject([{ recipient: 'b@example.com', responseCode: 550 }]);
  });

  it('does not try refused credentials again at once', async () => {
    const peer = await startSmtpServer({ credentials: ['u', 'right'] });
    const { transport } = trial(peer.port, { server: { credentials: ['u', 'wrong'] } });

    for (const text of ['a', 'b', 'c']) {
      await expect(transport.deliver([message(text)], never)).rejects.toMatchObject({ drop: true });
    }

    // By each of the two methods that the server offers.
    expect(peer.logins).toBe(2);
    expect(peer.connections).toBe(1);
  });

  it('does not send an address beyond ASCII to a server that takes none', async () => {
    const plain = await startSmtpServer({ options: { hideSMTPUTF8: true } });
    const modern = await startSmtpServer();

    await expect(
      trial(plain.port, { from: 'прил@example.com' }).transport.deliver([message('a')], never),
    ).rejects.toMatchObject({ drop: true, message: expect.stringContaining('SMTPUTF8') as unknown });
    await trial(modern.port, { from: 'прил@example.com' }).transport.deliver([message('a')], never);

    expect(plain.mails).toEqual([]);
    expect(modern.mails).toMatchObject([{ from: 'прил@example.com' }]);
  });

  it('sends nothing without the STARTTLS that was asked for', async () => {
    const peer = await startSmtpServer({ starttls: false });
    const { transport } = trial(peer.port, { server: { secure: true } });

    await expect(transport.deliver([message('a')], never)).rejects.toMatchObject({ drop: false });

    expect(peer.mails).toEqual([]);
  });
});

describe('isRefusedForGood', () => {
  it.each([
    ['a 550 to the sender', { code: 'EENVELOPE', command: 'MAIL FROM', responseCode: 550 }, true],
    ['a 451 to the sender', { code: 'EENVELOPE', command: 'MAIL FROM', responseCode: 451 }, false],
    ['a 552 to the text', { code: 'EMESSAGE', command: 'DATA', responseCode: 552 }, true],
    ['a command out of step', { code: 'EENVELOPE', command: 'MAIL FROM', responseCode: 503 }, false],
    ['a mail that is too large', { code: 'EMESSAGE', command: 'MAIL FROM' }, true],
    ['a 554 in place of a greeting', { code: 'EPROTOCOL', command: 'CONN', responseCode: 554 }, false],
    ['a server without STARTTLS', { code: 'ETLS', command: 'STARTTLS', responseCode: 502 }, false],
    ['a refused connection', { code: 'ECONNREFUSED' }, false],
    ['a silent server', { code: 'ETIMEDOUT', command: 'CONN' }, false],
    ['recipients refused for good', { rejectedErrors: [{ responseCode: 550 }, { responseCode: 553 }] }, true],
    [
      'recipients of which one may work later',
      { rejectedErrors: [{ responseCode: 550 }, { responseCode: 450 }] },
      false,
    ],
    ['wrong credentials', new SmtpLoginError('no', 535), true],
    ['no login at all', new SmtpLoginError('no', 0), true],
    ['a user database that is away', new SmtpLoginError('later', 454), false],
  ])('is decided for %s', (_what, error, expected) => {
    expect(isRefusedForGood(error)).toBe(expected);
  });
});
