import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { mailServer, type MailServerOptions } from '../../../lib/handlers/mail/mail-settings';
import { SmtpSession } from '../../../lib/handlers/mail/smtp-session';
import { startSmtpServer } from '../../peers/smtp-server';
import { certificates } from '../../support/certificates';
import { until } from '../../support/until';

const MESSAGE = Buffer.from('Subject: x\r\n\r\nHello\r\n');
const ENVELOPE = {
  from: 'app@example.com',
  to: ['ops@example.com'],
  size: MESSAGE.length,
  use8BitMime: false,
};

const never = (): AbortSignal => new AbortController().signal;

async function open(
  port: number,
  options: MailServerOptions = {},
  signal: AbortSignal = never(),
): Promise<SmtpSession> {
  const server = mailServer('Test', ['127.0.0.1', port], { timeout: 2, ...options });
  const session = await SmtpSession.open('Test', server, signal);
  onTestFinished(() => session.destroy());
  return session;
}

/** A server that speaks no SMTP. */
async function startTcp(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

describe('SmtpSession', () => {
  it('sends mails one after another over one connection', async () => {
    const peer = await startSmtpServer();
    const session = await open(peer.port);

    await session.send({ ...ENVELOPE }, MESSAGE, never());
    await session.send({ ...ENVELOPE }, MESSAGE, never());
    await session.quit();

    expect(peer.mails.length).toBe(2);
    expect(peer.connections).toBe(1);
    expect(session.isOpen).toBe(false);
  });

  it.each([
    ['STARTTLS', { secure: false }, { secure: true }],
    ['TLS from the start', { secure: true }, { secure: 'tls' }],
  ] as const)('logs in over %s', async (_what, settings, options) => {
    const peer = await startSmtpServer({ ...settings, credentials: ['u', 'p'] });
    const session = await open(peer.port, {
      ...options,
      tls: { ca: certificates().ca },
      credentials: ['u', 'p'],
    });

    await session.send({ ...ENVELOPE }, MESSAGE, never());
    await session.quit();

    expect(peer.mails).toMatchObject([{ user: 'u', isSecure: true }]);
  });

  it('stays in clear text when no security is asked for, whatever the server offers', async () => {
    const peer = await startSmtpServer();
    const session = await open(peer.port);

    await session.send({ ...ENVELOPE }, MESSAGE, never());
    await session.quit();

    expect(peer.mails).toMatchObject([{ isSecure: false }]);
  });

  it('says whether the server takes addresses beyond ASCII', async () => {
    const plain = await startSmtpServer({ options: { hideSMTPUTF8: true } });
    const modern = await startSmtpServer();

    const sessions = [await open(plain.port), await open(modern.port)];

    expect(sessions.map((session) => session.takesUtf8)).toEqual([false, true]);
    for (const session of sessions) await session.quit();
  });

  it('knows that the server has ended the connection', async () => {
    const peer = await startSmtpServer();
    const session = await open(peer.port);

    await peer.stop();

    await until(() => !session.isOpen);
  });

  it('rejects when the server is silent', async () => {
    const port = await startTcp(() => undefined);

    await expect(open(port, { timeout: 0.05 })).rejects.toThrow(/Greeting never received|Timeout/);
  });

  it('rejects when the server hangs up before its greeting', async () => {
    const port = await startTcp((socket) => socket.end());

    await expect(open(port)).rejects.toThrow(/closed/);
  });

  it('rejects when the server does not answer a mail', async () => {
    const port = await startTcp((socket) => {
      socket.write('220 hello\r\n');
      socket.once('data', () => socket.write('250 hello\r\n'));
    });
    const session = await open(port, { timeout: 0.1 });

    await expect(session.send({ ...ENVELOPE }, MESSAGE, never())).rejects.toThrow('Timeout');
    expect(session.isOpen).toBe(false);
  });

  it('rejects when nobody listens', async () => {
    const peer = await startSmtpServer();
    const { port } = peer;
    await peer.stop();

    await expect(open(port)).rejects.toThrow('ECONNREFUSED');
  });

  it('stops connecting, and sending, when it is given up', async () => {
    const port = await startTcp((socket) => {
      socket.write('220 hello\r\n');
      socket.once('data', () => socket.write('250 hello\r\n'));
    });
    const silent = await startTcp(() => undefined);
    const [connecting, sending] = [new AbortController(), new AbortController()];
    const session = await open(port);

    const opened = open(silent, {}, connecting.signal);
    const sent = session.send({ ...ENVELOPE }, MESSAGE, sending.signal);
    connecting.abort();
    sending.abort();

    await expect(opened).rejects.toThrow(/aborted/);
    await expect(sent).rejects.toThrow('closed');
    await expect(open(port, {}, connecting.signal)).rejects.toThrow('aborted');
  });

  it('does not wait for long for a goodbye', async () => {
    const port = await startTcp((socket) => {
      socket.write('220 hello\r\n');
      socket.once('data', () => socket.write('250 hello\r\n'));
    });
    const session = await open(port);
    const start = performance.now();

    await session.quit();

    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
