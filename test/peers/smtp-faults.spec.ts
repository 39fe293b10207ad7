/** What the mail handlers must survive: an application in a process of its own, and a server that fails in each way. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startLoggingApp, type LoggingApp } from '../support/logging-app';
import { until } from '../support/until';
import { expectSound } from './network-faults';
import { startSmtpServer, type SmtpPeer } from './smtp-server';

const MAIL = { fromaddr: 'app@example.com', toaddrs: 'ops@example.com', subject: 'Log' };
const OPTIONS = { ...MAIL, timeout: 2, retryStart: 0.05, retryMax: 0.2, flushTimeout: 5 };

async function startApp(
  className: 'SMTPHandler' | 'BufferingSMTPHandler',
  mailhost: readonly [string, number],
  options: object = {},
): Promise<LoggingApp> {
  const all = JSON.stringify({ ...OPTIONS, ...options });
  const app = await startLoggingApp(
    `new (lib('handlers').${className})(${JSON.stringify(mailhost)}, ${all})`,
  );
  await app.ask('watch');
  return app;
}

/** Numbers of the records in the mails. */
function ids(...peers: readonly SmtpPeer[]): number[] {
  return peers
    .flatMap(({ texts }) => texts.flatMap((text) => text.match(/#\d+#/g) ?? []))
    .map((id) => Number(id.slice(1, -1)));
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

async function goneServer(): Promise<number> {
  const peer = await startSmtpServer();
  await peer.stop();
  return peer.port;
}

/** A server that does with a connection what a test tells it. */
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

describe('SMTPHandler', { timeout: 60_000 }, () => {
  it('mails in order what was logged before the server was up, and reports one outage', async () => {
    const port = await goneServer();
    const app = await startApp('SMTPHandler', ['127.0.0.1', port]);

    await app.ask('log', 200);
    await until(() => app.reports('delivery failed').length === 1);
    const peer = await startSmtpServer({ port });
    const state = await app.drained();

    expectSound(state);
    expect(ids(peer)).toEqual(upTo(200));
    await until(() => app.reports('delivering again').length === 1);
    expect(app.reports('nestjs-hindsight')).toHaveLength(2);
  });

  it('mails everything when the server restarts in between', async () => {
    const first = await startSmtpServer();
    const app = await startApp('SMTPHandler', ['127.0.0.1', first.port]);

    app.tell('log', 300, 20, 20);
    await until(() => first.mails.length > 20);
    await first.stop();
    const second = await startSmtpServer({ port: first.port });
    await until(async () => (await app.state()).emitted === 300);
    const state = await app.drained();

    expectSound(state);
    expect(state.sent).toBe(300);
    // A mail whose answer was lost comes twice.
    expect([...new Set(ids(first, second))]).toEqual(upTo(300));
  });

  it.each([
    ['never greets', () => undefined],
    ['hangs up at once', (socket: Socket) => void socket.destroy()],
    ['resets every connection', (socket: Socket) => void socket.resetAndDestroy()],
    ['never answers', (socket: Socket) => void socket.write('220 hello\r\n')],
    ['speaks another language', (socket: Socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ])('keeps what it can while a server %s', async (_what, onConnection) => {
    const port = await startTcp(onConnection);
    const app = await startApp('SMTPHandler', ['127.0.0.1', port], {
      timeout: 0.2,
      maxQueued: 100,
      flushTimeout: 0.1,
    });

    await app.ask('log', 300);
    await until(() => app.reports('the queue is full').length === 1);
    await app.ask('close');
    const state = await app.state();

    expectSound(state);
    expect(state).toMatchObject({ sent: 0, queued: 0, dropped: { overflow: 200, closed: 100 } });
  });

  it('keeps what it can while the name of the server does not resolve', async () => {
    const app = await startApp('SMTPHandler', ['mail.invalid', 25], { flushTimeout: 0.1 });

    await app.ask('log', 10);
    await until(() => app.reports('delivery failed').length === 1);
    await app.ask('close');
    const state = await app.state();

    expectSound(state);
    expect(state).toMatchObject({ sent: 0, dropped: { closed: 10 } });
  });

  it('keeps the event loop running during a burst of 20 000 records', async () => {
    const peer = await startSmtpServer();
    const app = await startApp('SMTPHandler', ['127.0.0.1', peer.port], { flushTimeout: 0 });

    await app.ask('log', 20_000);
    await app.ask('close');

    expectSound(await app.state());
  });

  it('lets the process end while it waits for the next attempt, and says what is lost', async () => {
    const port = await goneServer();
    const app = await startApp('SMTPHandler', ['127.0.0.1', port], { retryStart: 600, retryMax: 600 });

    await app.ask('log', 3);
    await until(() => app.reports('delivery failed').length === 1);
    app.tell('leave');
    const { code, stderr } = await app.child.ended();

    expect(code).toBe(0);
    expect(stderr).toContain('3 records still queued at the end of the process');
  });

  it.each([
    ['clear text', {}, {}],
    ['STARTTLS', {}, { secure: { rejectUnauthorized: false } }],
    ['TLS', { secure: true }, { secure: 'tls', tls: { rejectUnauthorized: false } }],
  ])('lets the process end when all is mailed, over %s', async (_what, settings, options) => {
    const peer = await startSmtpServer(settings);
    const app = await startApp('SMTPHandler', ['127.0.0.1', peer.port], options);

    await app.ask('log', 3);
    app.tell('leave');
    const { code, stderr } = await app.child.ended();

    expect([code, stderr]).toEqual([0, '']);
    expect(ids(peer)).toEqual(upTo(3));
  });
});

describe('BufferingSMTPHandler', { timeout: 60_000 }, () => {
  it('sends few mails after an outage, which say how many records were left out', async () => {
    const port = await goneServer();
    const options = { capacity: 100, intervalMs: 50, maxQueued: 1000 };
    const app = await startApp('BufferingSMTPHandler', ['127.0.0.1', port], options);

    await app.ask('log', 10_000);
    await until(() => app.reports('delivery failed').length === 1);
    const peer = await startSmtpServer({ port });
    await app.drained();
    // The next mail tells of what was left out while the last one was under way.
    await app.ask('log', 1);
    const state = await app.drained();

    expectSound(state);
    expect(peer.mails.length).toBeLessThan(6);
    const told = peer.texts.map((text) => Number(/^\[(\d+) records were left out\]/.exec(text)?.[1] ?? 0));
    expect(told.reduce((sum, count) => sum + count, 0)).toBe(state.dropped.overflow);
    expect(ids(peer).length).toBe(state.sent);
    expect(state.sent + state.dropped.overflow).toBe(10_001);
  });

  it('reports what waits when the process ends', async () => {
    const peer = await startSmtpServer();
    const app = await startApp('BufferingSMTPHandler', ['127.0.0.1', peer.port]);

    await app.ask('log', 3);
    app.tell('leave');
    const { code, stderr } = await app.child.ended();

    expect(code).toBe(0);
    expect(stderr).toContain('3 records still queued at the end of the process');
    expect(peer.mails).toEqual([]);
  });
});
