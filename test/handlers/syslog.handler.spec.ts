import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CRITICAL, ERROR } from '../../lib/core/level';
import { Formatter, Rfc5424Formatter } from '../../lib/formatters';
import { SysLogHandler, type PriorityName, type SysLogHandlerOptions } from '../../lib/handlers';
import { handlerContract } from '../../lib/testing';
import { udpServer, unixStreamServer } from '../support/byte-servers';
import { capturedStderr } from '../support/captured-stderr';
import { certificates } from '../support/certificates';
import { startChild } from '../support/child';
import { haveCommands } from '../support/real-means';
import { some, type SomeRecord } from '../support/some';
import { startTcpPeer, type TcpPeer } from '../support/tcp-peer';
import { tempDir } from '../support/temp-dir';
import { unixDatagramServer } from '../support/unix-datagram-server';
import { until } from '../support/until';

/** What a handler makes of a record, without a peer. */
class Written extends SysLogHandler {
  readonly failures: unknown[] = [];

  override handleError(_record: unknown, error: unknown): void {
    this.failures.push(error);
  }

  payload(record: SomeRecord = {}): string {
    return this.payloadOf(some.record({ message: 'm', ...record })).toString();
  }
}

function handlerFor(options: SysLogHandlerOptions): SysLogHandler {
  const handler = new SysLogHandler({ retryStart: 0.02, retryMax: 0.1, flushTimeout: 5, ...options });
  onTestFinished(() => handler.close());
  return handler;
}

const TCP = { address: ['localhost', 601], socktype: 'stream' } as const;

const servers = new WeakMap<SysLogHandler, TcpPeer>();

for (const { title, run } of handlerContract('SysLogHandler', {
  create: async (options) => {
    const peer = await startTcpPeer();
    const handler = new SysLogHandler({
      ...options,
      address: ['127.0.0.1', peer.port],
      socktype: 'stream',
      framing: 'newline',
    });
    servers.set(handler, peer);
    return handler;
  },
  read: (handler) => servers.get(handler)?.lines ?? [],
  cleanUp: async (handler) => servers.get(handler)?.stop(),
})) {
  it(title, run);
}

describe('SysLogHandler', () => {
  it('sends priority, ident, text and a NUL over UDP, to a name as to an address', async () => {
    const server = await udpServer();
    const handler = handlerFor({ address: ['localhost', server.port], ident: 'shop: ', facility: 'mail' });

    handler.handle(some.record({ levelno: ERROR, message: 'm' }));

    await until(() => server.received.length === 1);
    expect(String(server.received[0])).toBe('<19>shop: m\0');
  });

  it('lets ident, appendNul and the priorities be changed later, as in Python', () => {
    const handler = new Written();
    handler.ident = 'shop: ';
    handler.appendNul = false;
    handler.priorityMap = { ...SysLogHandler.priorityMap, INFO: 'alert' };

    expect(handler.payload()).toBe('<9>shop: m');
    expect(() => {
      handler.ident = 1 as unknown as string;
    }).toThrow('Written: "ident" must be a string, got 1.');
  });

  it('asks a subclass for the priority of a level', () => {
    class Audit extends Written {
      override mapPriority(levelName: string, levelno?: number): PriorityName {
        return levelName === 'CRITICAL' ? 'emerg' : super.mapPriority(levelName, levelno);
      }
    }

    expect(new Audit().payload({ levelno: CRITICAL })).toBe('<8>m\0');
    expect(new Audit().payload({ levelno: 25 })).toBe('<13>m\0');
  });

  it('sends the stack of an error, which the documentation of Python denies', () => {
    const error = new Error('boom');

    expect(new Written().payload({ error })).toBe(`<14>m\n${error.stack ?? ''}\0`);
  });

  it('lets no message carry another one over TCP', () => {
    const error = new Error('x\n<0>kernel: forged');
    const payload = new Written(TCP).payload({ message: 'a\n<0>kernel: forged\0<0>again\x1b[2J', error });

    expect(payload).toMatch(
      /^<14>a\\n<0>kernel: forged\\x00<0>again\\x1b\[2J#012Error: x#012    <0>kernel: /,
    );
    expect(payload.slice(0, -1)).not.toMatch(/[\n\0]/);
    expect(payload.at(-1)).toBe('\0');
  });

  it('lets a formatter without escapes carry no other message over TCP, unless framing is none', () => {
    const formatter = new Formatter(null, { escape: false });
    const record = { message: 'a\n<0>b\0<0>c' };

    expect(new Written({ ...TCP, formatter }).payload(record)).toBe('<14>a#012<0>b#000<0>c\0');
    expect(new Written({ ...TCP, formatter, framing: 'none' }).payload(record)).toBe('<14>a\n<0>b\0<0>c\0');
  });

  it('escapes the text of a datagram, and not with escape: false', () => {
    const formatter = new Formatter(null, { escape: false });

    expect(new Written().payload({ message: 'a\nb' })).toBe('<14>a\\nb\0');
    expect(new Written({ formatter }).payload({ message: 'a\nb' })).toBe('<14>a\nb\0');
  });

  it.each([{ format: 'rfc5424' }, { formatter: new Rfc5424Formatter() }] as const)(
    'keeps the line breaks of RFC 5424 where the message is framed, and no other control: %o',
    (options) => {
      const record = { message: 'a\nb\x1b[2J\u202e', extra: { note: 'c\nd\x1b' } };

      expect(new Written({ ...TCP, ...options }).payload(record)).toMatch(
        /^\d+ <14>1 .* note="c\nd\\\\x1b"\] \uFEFFa\nb\\x1b\[2J\\u202e$/,
      );
    },
  );

  it.each([
    [{}, '<14>m\0'],
    [{ framing: 'octet-counted' }, '5 <14>m'],
    [{ framing: 'newline' }, '<14>m\n'],
    [{ framing: 'nul' }, '<14>m\0'],
    [{ framing: 'none' }, '<14>m\0'],
    [{ appendNul: false }, '<14>m'],
  ] as const)('ends a message on a stream as %j says', (options, expected) => {
    expect(new Written({ ...TCP, ...options }).payload()).toBe(expected);
  });

  it('counts the octets of RFC 5424 over TCP', () => {
    const [, count = '', message = ''] =
      /^(\d+) (.*)$/s.exec(new Written({ ...TCP, format: 'rfc5424' }).payload({ message: 'é' })) ?? [];

    expect(Buffer.byteLength(message)).toBe(Number(count));
    expect(message).toMatch(/^<14>1 \S+Z \S+ \S+ \d+ shop\.orders - \uFEFFé$/);
  });

  it('writes by the Rfc5424Formatter it is given, with its own priority', () => {
    const formatter = new Rfc5424Formatter({
      appName: 'shop',
      hostname: 'web-1',
      procId: '1',
      message: new Formatter('%(levelname)s %(message)s'),
    });

    expect(new Written({ formatter, facility: 'mail' }).payload({ created: 0, extra: { order: 1 } })).toBe(
      '<22>1 1970-01-01T00:00:00.000Z web-1 shop 1 shop.orders [hindsight@32473 order="1"] \uFEFFINFO m',
    );
  });

  it('writes its formatter’s text into the RFC formats', () => {
    const options = {
      formatter: new Formatter('%(name)s: %(message)s'),
      ident: 'shop[1]',
      hostname: 'web-1',
    };

    expect(new Written({ ...options, format: 'rfc3164' }).payload()).toMatch(
      /^<14>\w{3} [ \d]\d [\d:]{8} web-1 shop\[1\]: shop\.orders: m$/,
    );
    expect(new Written({ ...options, format: 'rfc5424' }).payload()).toMatch(/ \uFEFFshop\.orders: m$/);
  });

  it('cuts a message to its limit, its NUL included', () => {
    const payload = new Written({ maxMessageBytes: 64 }).payload({ message: 'x'.repeat(100) });

    expect(payload).toMatch(/^<14>x+\[\.\.\. \d+ bytes cut\]\0$/);
    expect(payload.length).toBeLessThanOrEqual(64);
  });

  it('reports a record that cannot be formatted, and the log call returns', () => {
    const handler = new Written({
      formatter: {
        format: () => {
          throw new Error('no text');
        },
      },
    });

    handler.handle(some.record());

    expect(handler.failures).toEqual([new Error('no text')]);
  });

  it('names itself and where it sends to in a report', async () => {
    const stderr = capturedStderr();
    const path = join(tempDir(), 'none');
    const handler = handlerFor({ address: path, flushTimeout: 0 });

    handler.handle(some.record());

    await until(() => stderr.text.includes(`SysLogHandler unix ${path}: delivery failed`));
    expect(new SysLogHandler({ name: 'audit' }).describe()).toBe('SysLogHandler audit');
  });

  it('finds the stream at a path, and frames what it writes to it', async () => {
    const path = join(tempDir(), 'log');
    const server = await unixStreamServer(path);
    const handler = handlerFor({ address: path, format: 'rfc3164', ident: 'shop[1]' });
    expect(handler.socktype).toBeUndefined();

    handler.handle(some.record({ message: 'one\ntwo' }));

    await until(() => server.bytes.length > 0);
    expect(server.bytes.toString()).toMatch(/^<14>.{15} shop\[1\]: one\\ntwo\n$/);
    expect(handler.socktype).toBe('stream');
  });

  it('sends over TCP what was logged while the server was away', async () => {
    const stderr = capturedStderr();
    const first = await startTcpPeer();
    const { port } = first;
    const handler = handlerFor({ address: ['127.0.0.1', port], socktype: 'stream', framing: 'newline' });
    handler.handle(some.record({ message: 'one' }));
    await until(() => first.lines.length === 1);
    await first.stop();
    handler.handle(some.record({ message: 'two' }));
    await until(() => stderr.text.includes('delivery failed'));

    const second = await startTcpPeer({ port });

    await until(() => second.lines.at(-1) === '<14>two');
    await until(() => handler.stats().queued === 0);
    expect(handler.stats().dropped).toEqual({ overflow: 0, refused: 0, closed: 0 });
  });

  it.each(['dgram', 'stream'] as const)(
    'keeps the records while the host cannot be found (%s)',
    async (socktype) => {
      const stderr = capturedStderr();
      const handler = handlerFor({ address: ['logs.invalid', 514], socktype, flushTimeout: 0 });

      handler.handle(some.record());

      await until(() => /delivery failed, 1 record waits?: .*getaddrinfo/.test(stderr.text));
      await handler.close();
      expect(handler.stats()).toMatchObject({ sent: 0, queued: 0, dropped: { closed: 1 } });
    },
  );

  it('takes records after it was closed', async () => {
    const peer = await startTcpPeer();
    const handler = handlerFor({ address: ['127.0.0.1', peer.port], socktype: 'stream', framing: 'newline' });
    handler.handle(some.record({ message: 'one' }));
    await handler.close();

    handler.handle(some.record({ message: 'two' }));
    await handler.close();

    await until(() => peer.lines.length === 2);
    expect(peer.lines).toEqual(['<14>one', '<14>two']);
  });
});

describe.runIf(haveCommands('openssl'))('SysLogHandler over TLS', () => {
  it('verifies the server by the given authority, and names the host it wants', async () => {
    const { ca, server } = certificates();
    const names: unknown[] = [];
    const peer = await startTcpPeer({
      tls: server,
      onConnection: (socket) => names.push((socket as TLSSocket).servername),
    });
    const handler = handlerFor({ address: ['localhost', peer.port], tls: { ca }, framing: 'newline' });

    handler.handle(some.record({ message: 'm' }));

    await until(() => peer.text === '<14>m\n');
    expect(handler.socktype).toBe('stream');
  });

  it.each([
    [
      'a server whose authority it does not know',
      'server',
      false,
      /self-signed certificate|unable to verify/,
    ],
    ['a server whose certificate is over', 'expired', true, /expired/],
    ['a server with the certificate of another host', 'otherHost', true, /Hostname\/IP does not match/],
  ] as const)('sends nothing to %s', async (_what, name, isKnown, reason) => {
    const stderr = capturedStderr();
    const { ca, [name]: certificate } = certificates();
    const tls = isKnown ? { ca } : true;
    const peer = await startTcpPeer({ tls: certificate });
    const handler = handlerFor({ address: ['localhost', peer.port], tls, flushTimeout: 0 });

    handler.handle(some.record());

    await until(() => reason.test(stderr.text));
    expect([peer.text, handler.stats().queued]).toEqual(['', 1]);
  });

  it('shows its own certificate to a server that asks for one', async () => {
    const { ca, server, client } = certificates();
    const peer = await startTcpPeer({ tls: { ...server, ca, requestCert: true, rejectUnauthorized: true } });
    const handler = handlerFor({
      address: ['localhost', peer.port],
      tls: { ca, cert: client.cert, key: client.key },
      framing: 'newline',
    });

    handler.handle(some.record({ message: 'm' }));

    await until(() => peer.text === '<14>m\n');
  });
});

/** In a process of its own, where `koffi` cannot be found. */
const WITHOUT_KOFFI = `
const Module = require('node:module');
const resolve = Module._resolveFilename;
Module._resolveFilename = (request, ...rest) => {
  if (request === 'koffi') throw new Error("Cannot find module 'koffi'");
  return resolve(request, ...rest);
};
const { SysLogHandler } = lib('handlers');
const { makeLogRecord } = lib('core/record-factory');
const [, path, socktype] = process.argv;
try {
  const handler = new SysLogHandler({ address: path, flushTimeout: 0.5, ...(socktype ? { socktype } : {}) });
  handler.handle(makeLogRecord({ levelno: 20, msg: 'm' }));
  handler.close();
} catch (error) {
  console.error(error.code, error.message);
}`;

/** Ends at once after it has logged. */
const LAST_WORDS = `
const { SysLogHandler } = lib('handlers');
const { Manager } = lib('core/manager');
const logger = new Manager().getLogger('shop');
logger.addHandler(new SysLogHandler({ address: process.argv[1] }));
for (let at = 0; at < 100; at++) logger.warning('n%d', at);
process.exit(1);`;

describe.runIf(process.platform === 'linux' && haveCommands('python3'))('SysLogHandler at the end', () => {
  it('loses nothing of what was logged before process.exit to a Unix datagram socket', async () => {
    const server = await unixDatagramServer(join(tempDir(), 'log'));
    const child = await startChild(LAST_WORDS, { args: [server.path] });

    expect(await child.ended()).toMatchObject({ code: 1, stderr: '' });
    await until(() => server.received.length === 100);
    expect(server.received.map(String)).toEqual(Array.from({ length: 100 }, (_, at) => `<12>n${at}\0`));
  }, 30_000);
});

describe.runIf(process.platform === 'linux')('SysLogHandler without koffi', { timeout: 30_000 }, () => {
  it('names the install command when datagrams are asked for', async () => {
    const child = await startChild(WITHOUT_KOFFI, { args: ['/dev/log', 'dgram'] });

    expect((await child.ended()).stderr).toBe(
      'ERR_LOG_MISSING_PEER SysLogHandler: the package "koffi" is not installed; run `npm install koffi`.\n',
    );
  });

  it('writes to a path that is a stream', async () => {
    const path = join(tempDir(), 'log');
    const server = await unixStreamServer(path);
    const child = await startChild(WITHOUT_KOFFI, { args: [path] });

    expect(await child.ended()).toMatchObject({ code: 0, stderr: '' });
    await until(() => server.bytes.toString() === '<14>m\0');
  });

  it.runIf(haveCommands('python3'))(
    'reports the install command when the path takes datagrams only',
    async () => {
      const server = await unixDatagramServer(join(tempDir(), 'log'));
      const child = await startChild(WITHOUT_KOFFI, { args: [server.path] });

      const { stderr } = await child.ended();
      expect(stderr).toContain('the path is a datagram socket');
      expect(stderr).toContain('run `npm install koffi`');
    },
  );
});
