import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  CHUNK_BYTES,
  coalesce,
  SentWindow,
  StreamTransport,
  type StreamTransportOptions,
} from '../../lib/outbox/stream-transport';
import { SendFailure } from '../../lib/outbox/transport';
import { certificates } from '../support/certificates';
import { startTcpPeer } from '../support/tcp-peer';
import { until } from '../support/until';

function transportTo(port: number, options: Partial<StreamTransportOptions> = {}): StreamTransport {
  const transport = new StreamTransport({
    connect: () => connect(port, '127.0.0.1'),
    timeoutMs: 5000,
    ...options,
  });
  onTestFinished(async () => transport.close());
  return transport;
}

const lines = (...texts: readonly string[]): Buffer[] => texts.map((text) => Buffer.from(`${text}\n`));
/** Never aborted. */
const live = (): AbortSignal => new AbortController().signal;

describe('StreamTransport', () => {
  it('delivers in order over one connection', async () => {
    const peer = await startTcpPeer();
    const transport = transportTo(peer.port);

    await transport.deliver(lines('a', 'b'), live());
    await transport.deliver(lines('c'), live());

    await until(() => peer.lines.length === 3);
    expect(peer.lines).toEqual(['a', 'b', 'c']);
    expect(peer.connections).toBe(1);
    expect(transport).toMatchObject({ connected: true, pending: 0, retried: 0, unconfirmed: 0 });
  });

  it('opens a new connection for the delivery after reopen()', async () => {
    const peer = await startTcpPeer();
    const transport = transportTo(peer.port);

    await transport.deliver(lines('one'), live());
    await transport.deliver(lines('two'), live());
    transport.reopen();
    await transport.deliver(lines('three'), live());
    await transport.deliver(lines('four'), live());

    await until(() => peer.lines.length === 4);
    expect(peer.lines.toSorted()).toEqual(['four', 'one', 'three', 'two']);
    expect(peer.connections).toBe(2);
  });

  it('fails with the reason when nobody listens, and connects when somebody does', async () => {
    const gone = await startTcpPeer();
    const { port } = gone;
    await gone.stop();
    const transport = transportTo(port);

    await expect(transport.deliver(lines('a'), live())).rejects.toMatchObject({
      message: 'not connected',
      delivered: 0,
      cause: { code: 'ECONNREFUSED' },
    });
    const peer = await startTcpPeer({ port });
    await transport.deliver(lines('a'), live());

    await until(() => peer.lines.length === 1);
  });

  it('treats an error thrown while connecting as a failed delivery', async () => {
    const transport = transportTo(0, {
      connect: () => {
        throw new Error('bad path');
      },
    });

    await expect(transport.deliver(lines('a'), live())).rejects.toThrow(SendFailure);
  });

  it('sends again after a reset the payloads that may be lost, once, and notifies the outbox', async () => {
    const peer = await startTcpPeer();
    const transport = transportTo(peer.port);
    let calls = 0;
    transport.onPending = () => void calls++;
    await transport.deliver(lines('a', 'b'), live());
    await until(() => peer.lines.length === 2);

    peer.reset();
    await until(() => calls === 1);
    expect(transport).toMatchObject({ connected: false, pending: 2 });
    await expect(transport.deliver([], live())).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
    await transport.deliver(lines('c'), live());

    await until(() => peer.lines.length === 5);
    expect(peer.lines).toEqual(['a', 'b', 'a', 'b', 'c']);
    expect(transport).toMatchObject({ pending: 0, retried: 2, unconfirmed: 0 });

    peer.reset();
    await until(() => calls === 2);
    expect(transport).toMatchObject({ pending: 1, retried: 2, unconfirmed: 2 });
  });

  it('connects again silently after a normal end of an idle connection', async () => {
    const peer = await startTcpPeer();
    const transport = transportTo(peer.port);
    await transport.deliver(lines('a'), live());
    await until(() => peer.lines.length === 1);
    const written = performance.now();
    // Longer than the doubt about what was written just before the end.
    await until(() => performance.now() > written + 600);
    peer.end();
    await until(() => !transport.connected);

    await transport.deliver(lines('b'), live());

    await until(() => peer.lines.length === 2);
    expect(peer.lines).toEqual(['a', 'b']);
    expect(transport).toMatchObject({ pending: 0, retried: 0 });
  });

  it('sends again the payloads written just before a normal end', async () => {
    const peer = await startTcpPeer();
    const transport = transportTo(peer.port);
    await transport.deliver(lines('a'), live());
    await until(() => peer.lines.length === 1);
    peer.end();
    await until(() => !transport.connected);

    await expect(transport.deliver(lines('b'), live())).rejects.toMatchObject({ delivered: 0 });
    await transport.deliver(lines('b'), live());

    await until(() => peer.lines.length === 3);
    expect(peer.lines).toEqual(['a', 'a', 'b']);
  });

  it('fails if the peer never reads, keeps no more than its window, and reports how many were accepted', async () => {
    const peer = await startTcpPeer({ reads: false, onConnection: (socket) => void socket.pause() });
    const transport = transportTo(peer.port, { timeoutMs: 300, windowBytes: 256 * 1024 });
    const payloads = Array.from({ length: 300 }, () => Buffer.alloc(64 * 1024, 'x'));

    const failure = await transport.deliver(payloads, live()).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(SendFailure);
    expect((failure as SendFailure).delivered).toBeGreaterThan(0);
    expect((failure as SendFailure).delivered).toBeLessThan(300);
    expect(transport.pending).toBe(4);
  });

  it('ends a delivery that hangs when it is aborted', async () => {
    const peer = await startTcpPeer({ reads: false, onConnection: (socket) => void socket.pause() });
    const transport = transportTo(peer.port, { timeoutMs: 60_000 });
    const abort = new AbortController();
    const delivery = transport.deliver([Buffer.alloc(64 * 1024 * 1024)], abort.signal);
    await until(() => peer.connections === 1);

    abort.abort();

    await expect(delivery).rejects.toMatchObject({ cause: new Error('given up') });
    await expect(transport.deliver(lines('a'), abort.signal)).rejects.toThrow('abort');
  });

  it('ends a connection attempt that hangs when it is aborted', async () => {
    const peer = await startTcpPeer();
    const connectSilently = () => connectTls({ port: peer.port, host: '127.0.0.1' });
    const transport = transportTo(0, { connect: connectSilently, timeoutMs: 60_000 });
    const abort = new AbortController();
    const delivery = transport.deliver(lines('a'), abort.signal);
    await until(() => peer.connections === 1);

    abort.abort();

    await expect(delivery).rejects.toMatchObject({ cause: new Error('given up') });
  });

  it('counts payloads at close that were never sent again', async () => {
    const peer = await startTcpPeer();
    const transport = transportTo(peer.port);
    await transport.deliver(lines('a', 'b', 'c'), live());
    await until(() => peer.lines.length === 3);
    peer.reset();
    await until(() => transport.pending === 3);

    await transport.close();

    expect(transport).toMatchObject({ pending: 0, unconfirmed: 3 });
  });

  it('holds nothing in doubt when the peer ends the connection as well', async () => {
    const peer = await startTcpPeer();
    const transport = transportTo(peer.port);
    await transport.deliver(lines('a'), live());

    await transport.close();

    expect(peer.lines).toEqual(['a']);
    expect(transport).toMatchObject({ connected: false, pending: 0, unconfirmed: 0 });
  });

  it('writes synchronously at the end of the process, what is in doubt first', async () => {
    const peer = await startTcpPeer();
    const transport = transportTo(peer.port);
    expect(transport.deliverSync(lines('not connected'), false)).toBe(0);
    await transport.deliver(lines('a'), live());

    expect(transport.deliverSync(lines('b', 'c'), false)).toBe(2);

    await until(() => peer.lines.length === 3);
  });

  it('waits for what it handed over without waiting before it sends more', async () => {
    const peer = await startTcpPeer({ onConnection: (socket) => void socket.pause() });
    const transport = transportTo(peer.port);
    await transport.deliver(lines('a'), live());
    const large = Buffer.alloc(16 * 1024 * 1024, 'x');

    expect(transport.deliverSync([large, Buffer.from('never reached')], false)).toBe(1);
    expect(transport.pending).toBe(1);
    expect(transport.deliverSync(lines('not now'), false)).toBe(0);
    for (const socket of peer.sockets) socket.resume();
    await transport.deliver(lines('', 'b'), live());

    await until(() => peer.lines.length === 3);
    expect(peer.text).toBe(`a\n${large.toString()}\nb\n`);
    expect(transport).toMatchObject({ pending: 0, retried: 0 });
  });

  it('sends again what it had handed over when the connection broke', async () => {
    const peer = await startTcpPeer({ onConnection: (socket) => void socket.pause() });
    const transport = transportTo(peer.port, { windowBytes: 1 });
    await transport.deliver(lines('a'), live());
    const large = Buffer.alloc(16 * 1024 * 1024, 'x');
    transport.deliverSync([large], false);
    await until(() => peer.connections === 1);

    peer.reset();
    await until(() => !transport.connected);
    expect(transport.pending).toBe(2);
    await transport.deliver([], live()).catch(() => undefined);
    const second = transport.deliver(lines('', 'b'), live());
    await until(() => peer.connections === 2);
    for (const socket of peer.sockets) socket.resume();
    await second;

    await until(() => peer.lines.length === 3);
    expect(peer.text).toBe(`a\n${large.toString()}\nb\n`);
    expect(transport).toMatchObject({ pending: 0, retried: 2 });
  });

  it.each([
    ['expired', 'certificate has expired'],
    ['otherHost', "does not match certificate's altnames"],
  ] as const)('refuses a certificate that is %s', async (which, why) => {
    const { ca, ...all } = certificates();
    const peer = await startTcpPeer({ tls: all[which] });
    const transport = transportTo(0, {
      connect: () => connectTls({ port: peer.port, host: '127.0.0.1', ca }),
    });

    const failure = await transport.deliver(lines('secret'), live()).catch((error: unknown) => error);

    expect(String((failure as SendFailure).cause)).toContain(why);
    expect(peer.text).toBe('');
  });

  it('refuses a certificate of an unknown authority', async () => {
    const peer = await startTcpPeer({ tls: certificates().server });
    const transport = transportTo(0, { connect: () => connectTls({ port: peer.port, host: '127.0.0.1' }) });

    await expect(transport.deliver(lines('secret'), live())).rejects.toMatchObject({
      cause: { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
    });
  });

  it('writes synchronously over TLS only at the end of the process, and does not know then', async () => {
    const { ca, server } = certificates();
    const peer = await startTcpPeer({ tls: server });
    const transport = transportTo(0, {
      connect: () => connectTls({ port: peer.port, host: '127.0.0.1', ca }),
    });
    await transport.deliver(lines('a'), live());

    expect(transport.deliverSync(lines('b', 'c'), false)).toBe(0);
    expect(transport.deliverSync(lines('b', 'c'), true)).toBe(2);
    expect(transport.pending).toBe(2);

    await until(() => peer.lines.length === 3);
    await transport.deliver([], live());
    expect(transport.pending).toBe(0);
  });

  it('delivers over TLS with a client certificate', async () => {
    const { ca, server, client } = certificates();
    const peer = await startTcpPeer({ tls: { ...server, ca, requestCert: true, rejectUnauthorized: true } });
    const { key, cert } = client;
    const transport = transportTo(0, {
      connect: () => connectTls({ port: peer.port, host: '127.0.0.1', ca, key, cert }),
    });

    await transport.deliver(lines('a', 'b'), live());

    await until(() => peer.lines.length === 2);
    await transport.close();
    expect(transport.unconfirmed).toBe(0);
  });
});

describe('coalesce', () => {
  it('joins what fits into one chunk', () => {
    const payloads = ['a', 'bb', 'ccc'].map((text) => Buffer.from(text));

    expect(coalesce(payloads, 1)).toEqual({ bytes: Buffer.from('bbccc'), count: 2 });
  });

  it('stops before the payload that does not fit', () => {
    const half = Buffer.alloc(CHUNK_BYTES / 2);

    expect(coalesce([half, half, half], 0)).toMatchObject({ count: 2, bytes: { length: CHUNK_BYTES } });
  });

  it('joins more on request', () => {
    const half = Buffer.alloc(CHUNK_BYTES / 2);

    expect(coalesce([half, half, half], 0, Number.POSITIVE_INFINITY).count).toBe(3);
  });

  it('returns a single payload as it is, even if it is large', () => {
    const large = Buffer.alloc(CHUNK_BYTES * 2);

    const chunk = coalesce([large, Buffer.alloc(1)], 0);

    expect(chunk.bytes).toBe(large);
    expect(chunk.count).toBe(1);
  });
});

const chunk = (size: number, at: number) => ({ bytes: Buffer.alloc(size), count: 1, at, again: false });

describe('SentWindow', () => {
  it('keeps the newest chunks within its bytes, and at least one', () => {
    const window = new SentWindow(100);
    for (const at of [1, 2, 3]) window.add(chunk(40, at));

    expect(window.bytes).toBe(80);
    expect(window.takeSince(0).map(({ at }) => at)).toEqual([2, 3]);

    window.add(chunk(40, 4));
    window.add(chunk(500, 5));
    expect(window.takeSince(0).map(({ at }) => at)).toEqual([5]);
  });

  it('returns the chunks since a time, and is empty then', () => {
    const window = new SentWindow(100);
    for (const at of [1, 2, 3]) window.add(chunk(10, at));

    expect(window.takeSince(2).map(({ at }) => at)).toEqual([2, 3]);
    expect(window.takeSince(0)).toEqual([]);
    expect(window.bytes).toBe(0);
  });
});
