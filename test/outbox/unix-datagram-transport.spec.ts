import { constants } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SendFailure } from '../../lib/outbox/transport';
import { loadLibc, UnixDatagram, type Libc } from '../../lib/outbox/unix-datagram';
import { UnixDatagramTransport } from '../../lib/outbox/unix-datagram-transport';
import { haveCommands } from '../support/real-means';
import { tempDir } from '../support/temp-dir';
import { unixDatagramServer } from '../support/unix-datagram-server';
import { until } from '../support/until';

const live = (): AbortSignal => new AbortController().signal;
const datagrams = (...texts: readonly string[]): Buffer[] => texts.map((text) => Buffer.from(text));
const texts = (messages: readonly Buffer[]): string[] => messages.map(String);

interface Wanted {
  readonly libc?: Libc;
  readonly timeoutMs?: number;
}

function transportTo(
  path: string,
  { libc = loadLibc('SysLogHandler'), timeoutMs = 5000 }: Wanted = {},
): UnixDatagramTransport {
  const transport = new UnixDatagramTransport({
    socket: new UnixDatagram(path, libc),
    timeoutMs,
    fit: (payload, maxBytes) => payload.subarray(0, maxBytes),
  });
  onTestFinished(() => transport.close());
  return transport;
}

async function failureOf(delivery: Promise<void>): Promise<SendFailure> {
  const error: unknown = await delivery.catch((reason: unknown) => reason);
  if (error instanceof SendFailure) return error;
  throw new Error('no SendFailure');
}

/** A C library whose `send` fails as told, once for each entry, and then takes everything. */
function failingLibc(...failures: readonly (keyof typeof constants.errno)[]): { libc: Libc; sent: string[] } {
  const left = [...failures];
  const sent: string[] = [];
  let errno = 0;
  const libc: Libc = {
    socket: () => 3,
    connect: () => 0,
    send: (_fd, message) => {
      const failure = left.shift();
      if (failure === undefined) return sent.push(message.toString());
      errno = constants.errno[failure];
      return -1;
    },
    sendBufferOf: () => 132,
    close: () => 0,
    errno: () => errno,
  };
  return { libc, sent };
}

describe.runIf(process.platform === 'linux' && haveCommands('python3'))('UnixDatagramTransport', () => {
  it('sends each payload as a datagram', async () => {
    const server = await unixDatagramServer(join(tempDir(), 'log'));
    const transport = transportTo(server.path);

    await transport.deliver(datagrams('a', 'b'), live());
    await transport.deliver(datagrams('c'), live());

    await until(() => server.received.length === 3);
    expect(texts(server.received)).toEqual(['a', 'b', 'c']);
    expect(transport.connected).toBe(true);
  });

  it('waits for a receiver whose queue is full, and delivers all in order', async () => {
    const server = await unixDatagramServer(join(tempDir(), 'log'), { held: true });
    const payloads = datagrams(...Array.from({ length: 200 }, (_, at) => String(at)));

    const delivery = transportTo(server.path).deliver(payloads, live());
    server.release();
    await delivery;

    await until(() => server.received.length === 200);
    expect(server.received).toEqual(payloads);
  });

  it('fails when the receiver reads nothing for too long, and reports how many it has', async () => {
    const server = await unixDatagramServer(join(tempDir(), 'log'), { held: true });
    const payloads = datagrams(...Array.from({ length: 200 }, (_, at) => String(at)));

    const failure = await failureOf(transportTo(server.path, { timeoutMs: 50 }).deliver(payloads, live()));
    server.release();

    expect(failure.cause).toEqual(new Error('the receiver read nothing for 0.05 s'));
    await until(() => server.received.length === failure.delivered);
  });

  it('stops waiting when it is aborted', async () => {
    const server = await unixDatagramServer(join(tempDir(), 'log'), { held: true });
    const giveUp = new AbortController();
    const payloads = datagrams(...Array.from({ length: 200 }, (_, at) => String(at)));

    const delivery = failureOf(transportTo(server.path).deliver(payloads, giveUp.signal));
    giveUp.abort();

    expect((await delivery).delivered).toBeLessThan(200);
  });

  it('connects to a receiver that replaced another, and loses no datagram', async () => {
    const path = join(tempDir(), 'log');
    const first = await unixDatagramServer(path);
    const transport = transportTo(path);
    await transport.deliver(datagrams('a'), live());
    await until(() => first.received.length === 1);
    await first.stop();
    const second = await unixDatagramServer(path);

    await transport.deliver(datagrams('b', 'c'), live());

    await until(() => second.received.length === 2);
    expect(texts(second.received)).toEqual(['b', 'c']);
  });

  it('fails while there is no receiver, and tells why', async () => {
    const failure = await failureOf(transportTo(join(tempDir(), 'none')).deliver(datagrams('a'), live()));

    expect(failure).toMatchObject({ delivered: 0, drop: false, cause: { code: 'ENOENT' } });
  });

  it("sends a burst up to the receiver's queue if it is connected", async () => {
    const server = await unixDatagramServer(join(tempDir(), 'log'), { held: true });
    const transport = transportTo(server.path);
    expect(transport.deliverSync(datagrams('not connected'), false)).toBe(0);
    await transport.deliver(datagrams('first'), live());

    const taken = transport.deliverSync(
      datagrams(...Array.from({ length: 200 }, (_, at) => String(at))),
      false,
    );
    server.release();

    expect(taken).toBeGreaterThan(0);
    await until(() => server.received.length === taken + 1);
  });

  it('connects and waits for the receiver at the end of the process', async () => {
    const server = await unixDatagramServer(join(tempDir(), 'log'));
    const payloads = datagrams(...Array.from({ length: 100 }, (_, at) => String(at)));

    expect(transportTo(server.path).deliverSync(payloads, true)).toBe(100);

    await until(() => server.received.length === 100);
    expect(server.received).toEqual(payloads);
  });

  it('waits shortly for a receiver that reads nothing, and not at all for one that has ended', async () => {
    const server = await unixDatagramServer(join(tempDir(), 'log'), { held: true });
    const payloads = datagrams(...Array.from({ length: 200 }, (_, at) => String(at)));

    const taken = transportTo(server.path).deliverSync(payloads, true);
    server.release();

    expect(taken).toBeLessThan(200);
    await until(() => server.received.length === taken);
    expect(transportTo(join(tempDir(), 'none')).deliverSync(payloads, true)).toBe(0);
  });

  it('cuts a payload to what the send buffer allows', async () => {
    const { libc, sent } = failingLibc();

    await transportTo('/dev/log', { libc }).deliver(datagrams('x'.repeat(200)), live());

    expect(sent).toEqual(['x'.repeat(100)]);
  });

  it('repeats a call that a signal interrupted, and waits when the kernel has no memory', async () => {
    const { libc, sent } = failingLibc('EINTR', 'ENOBUFS', 'EAGAIN');

    await transportTo('/dev/log', { libc }).deliver(datagrams('a', 'b'), live());

    expect(sent).toEqual(['a', 'b']);
  });

  it('drops only a payload that is still too long', async () => {
    const { libc } = failingLibc('EMSGSIZE');

    const failure = await failureOf(transportTo('/dev/log', { libc }).deliver(datagrams('a', 'b'), live()));

    expect(failure).toMatchObject({ delivered: 0, drop: true });
  });
});
