/** SysLogHandler against rsyslogd: what it reads out of each format, on each transport, and over its restarts. */
import { hostname } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CRITICAL, DEBUG, ERROR, INFO, WARNING } from '../../lib/core/level';
import { SysLogHandler, type SysLogHandlerOptions } from '../../lib/handlers';
import { capturedStderr } from '../support/captured-stderr';
import { certificates } from '../support/certificates';
import { haveCommands } from '../support/real-means';
import { some, type SomeRecord } from '../support/some';
import { until } from '../support/until';
import { startRsyslogd, type Rsyslogd } from './rsyslogd';

const TRANSPORTS = ['udp', 'tcp', 'unix-dgram', 'unix-stream'] as const;
type TransportName = (typeof TRANSPORTS)[number];

/** The name that rsyslogd gives its input. */
const INPUT: Readonly<Record<TransportName, string>> = {
  udp: 'udp',
  tcp: 'tcp',
  'unix-dgram': 'imuxsock',
  'unix-stream': 'unix-stream',
};

/** What /dev/log is on Debian reads no RFC 5424. */
function to(daemon: Rsyslogd, transport: TransportName, { local = false } = {}): SysLogHandlerOptions {
  if (transport === 'unix-dgram') return { address: local ? daemon.datagramPath : daemon.rfc5424Path };
  if (transport === 'udp') return { address: ['127.0.0.1', daemon.udpPort] };
  if (transport === 'tcp') return { address: ['127.0.0.1', daemon.tcpPort], socktype: 'stream' };
  return { address: daemon.streamPath };
}

function handlerFor(options: SysLogHandlerOptions): SysLogHandler {
  const handler = new SysLogHandler({ retryStart: 0.02, retryMax: 0.2, ...options });
  onTestFinished(() => handler.close());
  return handler;
}

function send(handler: SysLogHandler, ...records: readonly SomeRecord[]): void {
  for (const record of records) handler.handle(some.record(record));
}

function numbered(from: number, to_: number): readonly SomeRecord[] {
  return Array.from({ length: to_ - from }, (_, at) => ({ message: `n${from + at}` }));
}

const possible = process.platform === 'linux' && haveCommands('rsyslogd');
/** A daemon starts in 0.1 s, and in much more beside other tests. */
const options = { timeout: 30_000 };

describe.runIf(possible).each(TRANSPORTS)('SysLogHandler and rsyslogd over %s', options, (transport) => {
  it('sends in RFC 5424 what rsyslogd reads field by field', async () => {
    const daemon = await startRsyslogd();
    const handler = handlerFor({
      ...to(daemon, transport),
      format: 'rfc5424',
      facility: 'local3',
      ident: 'shop[4242]: ',
      hostname: 'web-1',
    });

    send(handler, {
      levelno: ERROR,
      created: 1_700_000_000.123,
      message: 'größer als "erlaubt"]',
      extra: { 'order id': 13, note: 'a "b" \\c] é', nested: { ok: [true] } },
    });
    const [message] = await daemon.received(1);

    expect(message).toMatchObject({
      input: INPUT[transport],
      facility: 'local3',
      severity: 'err',
      version: '1',
      time: '2023-11-14T22:13:20.123Z',
      host: 'web-1',
      app: 'shop',
      procid: '4242',
      msgid: 'shop.orders',
      sd: '[hindsight@32473 order_id="13" note="a \\"b\\" \\\\c\\] é" nested="{\\"ok\\":[true\\]}"]',
      msg: '\uFEFFgrößer als "erlaubt"]',
    });
  });

  it('sends in RFC 3164 what rsyslogd reads field by field', async () => {
    const daemon = await startRsyslogd();
    const handler = handlerFor({
      ...to(daemon, transport, { local: true }),
      format: 'rfc3164',
      ident: 'shop',
    });

    send(handler, { levelno: WARNING, message: 'slow', created: Date.now() / 1000 });
    const [message] = await daemon.received(1);

    expect(message).toMatchObject({
      facility: 'user',
      severity: 'warning',
      version: '0',
      host: hostname(),
      tag: `shop[${process.pid}]:`,
      app: 'shop',
      procid: String(process.pid),
      msg: ' slow',
    });
  });

  it('gives each level its severity', async () => {
    const daemon = await startRsyslogd();
    const framing =
      transport === 'udp' || transport === 'unix-dgram' ? {} : ({ framing: 'newline' } as const);
    const handler = handlerFor({ ...to(daemon, transport, { local: true }), ...framing, ident: 'shop: ' });

    send(handler, ...[DEBUG, INFO, 25, WARNING, ERROR, CRITICAL].map((levelno) => ({ levelno })));
    const messages = await daemon.received(6);

    expect(messages.map(({ severity, msg }) => severity + msg.trimEnd())).toEqual(
      ['debug', 'info', 'notice', 'warning', 'err', 'crit'].map((severity) => `${severity} order placed`),
    );
  });

  it('delivers in order what is logged before, between and after two runs of the daemon', async () => {
    const stderr = capturedStderr();
    const daemon = await startRsyslogd();
    const handler = handlerFor({ ...to(daemon, transport), format: 'rfc5424' });
    send(handler, ...numbered(0, 50));
    await daemon.received(50);
    await daemon.stop();

    send(handler, ...numbered(50, 100));
    // UDP learns of it by the answer to a datagram, and a log call that nobody makes sends none.
    await until(() => stderr.text.includes('delivery failed'));
    await daemon.start();
    send(handler, ...numbered(100, 150));
    await until(() => stderr.text.includes('delivering again'));
    await handler.flush();
    const messages = await until(() => {
      const got = daemon.messages();
      return got.some(({ msg }) => msg === '\uFEFFn149') ? got : undefined;
    });

    const texts = messages.map(({ msg }) => msg.replace('\uFEFF', ''));
    expect([...new Set(texts)]).toEqual(numbered(0, 150).map(({ message }) => message));
    expect(handler.stats()).toMatchObject({ queued: 0, dropped: { overflow: 0, refused: 0, closed: 0 } });
  });

  it('cuts what is too long between characters and says so', async () => {
    const daemon = await startRsyslogd();
    const handler = handlerFor({ ...to(daemon, transport), format: 'rfc5424', maxMessageBytes: 2000 });

    send(handler, { message: 'é'.repeat(2000) }, { message: 'next' });
    const [cut, next] = await daemon.received(2);

    expect(Buffer.byteLength(cut?.raw ?? '')).toBeLessThanOrEqual(2000);
    expect(cut?.msg).toMatch(/^\uFEFFé{800,}\[\.\.\. \d+ bytes cut\]$/);
    expect(next?.msg).toBe('\uFEFFnext');
  });

  it('never sends more than the transport can carry', async () => {
    const daemon = await startRsyslogd();
    const handler = handlerFor({ ...to(daemon, transport), format: 'rfc5424' });

    send(handler, { message: 'x'.repeat(1_000_000) }, { message: 'next' });
    const [cut, next] = await daemon.received(2);

    expect(cut?.msg).toMatch(/x\[\.\.\. \d+ bytes cut\]$/);
    expect(next?.msg).toBe('\uFEFFnext');
    expect(handler.stats().dropped.refused).toBe(0);
  });
});

describe.runIf(possible)('SysLogHandler and rsyslogd', options, () => {
  it('keeps the lines of a stack together with octet counting over TCP', async () => {
    const daemon = await startRsyslogd();
    const handler = handlerFor({ ...to(daemon, 'tcp'), format: 'rfc5424' });

    send(handler, { message: 'failed', error: new Error('boom') }, { message: 'next' });
    const [failed, next] = await daemon.received(2);

    expect(failed?.msg).toMatch(/^\uFEFFfailed\nError: boom\n {4}at /);
    expect(next?.msg).toBe('\uFEFFnext');
  });

  it.each(['tcp', 'unix-stream'] as const)('lets no message forge another over %s', async (transport) => {
    const daemon = await startRsyslogd();
    const handler = handlerFor({ ...to(daemon, transport), framing: 'newline', ident: 'shop: ' });

    send(handler, { message: 'user\n<0>kernel: panic' }, { message: 'next' });
    const messages = await daemon.received(2);

    expect(messages.map(({ severity, msg }) => severity + msg)).toEqual([
      'info user\\n<0>kernel: panic',
      'info next',
    ]);
  });

  it('delivers a burst of 20 000 records in order over TCP', async () => {
    const daemon = await startRsyslogd();
    const handler = handlerFor({
      ...to(daemon, 'tcp'),
      format: 'rfc5424',
      maxQueued: 20_000,
      flushTimeout: 30,
    });

    send(handler, ...numbered(0, 20_000));
    await handler.flush();
    const messages = await daemon.received(20_000);

    expect(messages.map(({ msg }) => msg)).toEqual(
      numbered(0, 20_000).map(({ message }) => `\uFEFF${String(message)}`),
    );
    expect(handler.stats()).toMatchObject({ sent: 20_000, queued: 0 });
  });

  it.each(['tcp', 'unix-stream'] as const)(
    'loses nothing when the daemon is killed over %s',
    async (transport) => {
      capturedStderr();
      const daemon = await startRsyslogd();
      const handler = handlerFor({ ...to(daemon, transport), format: 'rfc5424' });
      for (let at = 0; at < 1000; at += 10) {
        send(handler, ...numbered(at, at + 10));
        await nextTurn();
        if (at === 500) {
          await daemon.received(1);
          await daemon.kill();
          await daemon.start();
        }
      }
      await handler.flush();

      const all = numbered(0, 1000).map(({ message }) => `\uFEFF${String(message)}`);
      // What rsyslogd had read before it was killed may come twice, and then out of order.
      await until(() => new Set(daemon.messages().map(({ msg }) => msg)).size === all.length);
      expect(daemon.messages().map(({ msg }) => msg)).toEqual(expect.arrayContaining(all));
      expect(handler.stats()).toMatchObject({ queued: 0, dropped: { overflow: 0, refused: 0, closed: 0 } });
    },
  );

  it('loses nothing to a full queue of a Unix datagram socket', async () => {
    const stderr = capturedStderr();
    const daemon = await startRsyslogd();
    const handler = handlerFor({ ...to(daemon, 'unix-dgram'), format: 'rfc5424', timeout: 0.1 });
    send(handler, { message: 'first' });
    await daemon.received(1);

    daemon.signal('SIGSTOP');
    send(handler, ...numbered(0, 1000));
    await until(() => stderr.text.includes('the receiver read nothing for 0.1 s'));
    daemon.signal('SIGCONT');
    const messages = await daemon.received(1001);

    expect(messages.slice(1).map(({ msg }) => msg)).toEqual(
      numbered(0, 1000).map(({ message }) => `\uFEFF${String(message)}`),
    );
    expect(handler.socktype).toBe('dgram');
  });
});

describe.runIf(possible)('SysLogHandler and rsyslogd over TLS', options, () => {
  it('sends in RFC 5424 what rsyslogd reads field by field, before and after a restart', async () => {
    const stderr = capturedStderr();
    const { ca, caPath, server } = certificates();
    const daemon = await startRsyslogd({ tls: { ca: caPath, cert: server.certPath, key: server.keyPath } });
    const handler = handlerFor({ address: ['localhost', daemon.tlsPort], tls: { ca }, format: 'rfc5424' });
    send(handler, { levelno: ERROR, message: 'one\ntwo', extra: { order: 13 } });
    await daemon.received(1);
    await daemon.stop();
    send(handler, { message: 'three' });
    await until(() => stderr.text.includes('delivery failed'));
    await daemon.start();
    const messages = await until(() => {
      const got = daemon.messages();
      return got.at(-1)?.msg === '\uFEFFthree' ? got : undefined;
    });

    expect(messages[0]).toMatchObject({
      input: 'tls',
      severity: 'err',
      version: '1',
      msgid: 'shop.orders',
      sd: '[hindsight@32473 order="13"]',
      msg: '\uFEFFone\ntwo',
    });
  });

  it('reaches a daemon that asks for a certificate, with one and not without', async () => {
    const stderr = capturedStderr();
    const { ca, caPath, server, client } = certificates();
    const daemon = await startRsyslogd({
      tls: { ca: caPath, cert: server.certPath, key: server.keyPath, clientName: 'client' },
    });
    const address = ['localhost', daemon.tlsPort] as const;
    const known = handlerFor({ address, tls: { ca, cert: client.cert, key: client.key }, format: 'rfc5424' });
    const unknown = handlerFor({ address, tls: { ca }, format: 'rfc5424', flushTimeout: 0 });

    send(unknown, { message: 'unknown' });
    await until(() => stderr.text.includes('delivery failed'));
    send(known, { message: 'known' });

    expect((await daemon.received(1)).map(({ msg }) => msg)).toEqual(['\uFEFFknown']);
  });
});
