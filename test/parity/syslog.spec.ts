/** SysLogHandler against what CPython did: its tables, and its bytes on UDP, TCP and both kinds of Unix socket. */
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LogRecord } from '../../lib/core/log-record';
import { makeLogRecord } from '../../lib/core/record-factory';
import { ConfigurationError } from '../../lib/errors';
import { Formatter } from '../../lib/formatters';
import { SysLogHandler, type SysLogHandlerOptions, type SyslogAddress } from '../../lib/handlers';
import { SYSLOG_TCP_PORT, SYSLOG_UDP_PORT } from '../../lib/logging';
import { udpServer, unixStreamServer } from '../support/byte-servers';
import { capturedStderr } from '../support/captured-stderr';
import { untag } from '../support/python-value';
import { haveCommands } from '../support/real-means';
import { startTcpPeer } from '../support/tcp-peer';
import { tempDir } from '../support/temp-dir';
import { unixDatagramServer } from '../support/unix-datagram-server';
import { until } from '../support/until';
import { split, vectors, type Differences } from '../support/vectors';

type Transport = 'udp' | 'tcp' | 'unix-dgram' | 'unix-stream';

interface ConstantsExpected {
  readonly LOG: Readonly<Record<string, number>>;
  readonly priority_names: unknown;
  readonly facility_names: unknown;
  readonly priority_map: unknown;
  readonly ident: string;
  readonly append_nul: boolean;
  readonly SYSLOG_UDP_PORT: number;
  readonly SYSLOG_TCP_PORT: number;
}

interface EncodeInput {
  readonly facility: unknown;
  readonly priority: unknown;
}

interface EncodeExpected {
  readonly value?: number;
  readonly error?: { readonly type: string };
}

interface EmitInput {
  readonly transport: Transport;
  readonly facility: string | number;
  readonly ident: unknown;
  readonly append_nul: boolean | null;
  readonly format: string | null;
  readonly priority_map: Readonly<Record<string, string>> | null;
  readonly records: readonly unknown[];
}

interface EmitExpected {
  readonly errors: readonly string[];
  readonly socktype: 'SOCK_DGRAM' | 'SOCK_STREAM';
  readonly unixsocket: boolean;
  readonly datagrams?: readonly string[];
  readonly stream?: string;
}

interface CreateInput {
  readonly args: readonly unknown[];
  readonly kwargs: { readonly timeout?: string };
}

const SURROGATE = 'a lone surrogate is sent as U+FFFD, CPython loses the record';
const BAD_ARGS = 'the message is util.format’s, which writes NaN for a %d that got no number';
const UNCHECKED =
  'refused at construction; CPython reports it for every record, or sends a number that means nothing';

const DIFFERENCES: Differences = {
  e316: 'JavaScript has no float 1.0 beside the integer 1',
  'm008-surrogate': SURROGATE,
  'm036-surrogate': SURROGATE,
  'm009-bad-args': BAD_ARGS,
  'm023-bad-args': BAD_ARGS,
  'm037-bad-args': BAD_ARGS,
  'm051-bad-args': BAD_ARGS,
  'm042-levels':
    'levels that no map names get a priority by their number; CPython says warning of 0, 25 and 60',
  'm084-facility-200': UNCHECKED,
  'm086-bad-facility-USER': UNCHECKED,
  'm088-bad-facility-1.5': UNCHECKED,
  'unix-dgram-restart':
    'what is logged while the daemon is down is delivered when it is back; CPython loses it',
  'tcp-refused-at-construction': 'nothing is connected to at construction; records wait for the server',
};

interface Peer {
  readonly options: SysLogHandlerOptions;
  /** What has arrived, in hex. */
  received(): { readonly datagrams?: readonly string[]; readonly stream?: string };
}

function hex(datagrams: readonly Buffer[]): readonly string[] {
  return datagrams.map((datagram) => datagram.toString('hex'));
}

async function startPeer(transport: Transport): Promise<Peer> {
  const path = join(tempDir(), 'log');
  if (transport === 'udp') {
    const server = await udpServer();
    const address: SyslogAddress = ['127.0.0.1', server.port];
    return { options: { address }, received: () => ({ datagrams: hex(server.received) }) };
  }
  if (transport === 'unix-dgram') {
    const server = await unixDatagramServer(path);
    return { options: { address: path }, received: () => ({ datagrams: hex(server.received) }) };
  }
  if (transport === 'unix-stream') {
    const server = await unixStreamServer(path);
    return { options: { address: path }, received: () => ({ stream: server.bytes.toString('hex') }) };
  }
  const peer = await startTcpPeer();
  return {
    options: { address: ['127.0.0.1', peer.port], socktype: 'stream' },
    received: () => ({ stream: Buffer.from(peer.text, 'latin1').toString('hex') }),
  };
}

/** The attributes that the vectors set on CPython's handler are set on ours. */
class CountingHandler extends SysLogHandler {
  failures = 0;

  constructor(options: SysLogHandlerOptions, input: EmitInput) {
    super(options);
    if (input.append_nul !== null) this.appendNul = input.append_nul;
    // Python's text: nothing is escaped.
    this.setFormatter(new Formatter(input.format, { escape: false }));
    if (input.priority_map !== null)
      this.priorityMap = input.priority_map as NonNullable<SysLogHandlerOptions['priorityMap']>;
  }

  override handleError(): void {
    this.failures++;
  }
}

function recordOf(fields: unknown): LogRecord {
  return makeLogRecord(untag(fields) as Record<string, unknown>);
}

function emitCase(input: EmitInput, options: SysLogHandlerOptions): CountingHandler {
  const handler = new CountingHandler(
    {
      ...options,
      // Python's bytes, line breaks and NULs included.
      ...(options.socktype === 'stream' || input.transport === 'unix-stream' ? { framing: 'none' } : {}),
      ...(input.facility === '<default>' ? {} : { facility: input.facility as number }),
    },
    input,
  );
  onTestFinished(() => handler.close());
  for (const fields of input.records) handler.handle(recordOf(fields));
  return handler;
}

describe('constants vectors', () => {
  const [constants] = vectors<object, ConstantsExpected>('syslog', 'constants');

  it('constants', () => {
    const expected = constants?.expect;
    const handler = new SysLogHandler();
    const numbers = Object.entries(SysLogHandler).filter(([name]) => name.startsWith('LOG_'));

    expect(Object.fromEntries(numbers)).toEqual(expected?.LOG);
    expect(SysLogHandler.priorityNames).toEqual(expected?.priority_names);
    expect(SysLogHandler.facilityNames).toEqual(expected?.facility_names);
    expect(SysLogHandler.priorityMap).toEqual(expected?.priority_map);
    expect([handler.ident, handler.appendNul]).toEqual([expected?.ident, expected?.append_nul]);
    expect([SYSLOG_UDP_PORT, SYSLOG_TCP_PORT]).toEqual([
      expected?.SYSLOG_UDP_PORT,
      expected?.SYSLOG_TCP_PORT,
    ]);
  });
});

describe('encode vectors', () => {
  const cases = vectors<EncodeInput, EncodeExpected>('syslog', 'encode');
  const { run, listed } = split(cases, DIFFERENCES);
  const handler = new SysLogHandler();
  const encode = ({ facility, priority }: EncodeInput): number =>
    handler.encodePriority(untag(facility) as string, untag(priority) as string);

  it.each(run.filter(({ expect: expected }) => expected.error === undefined))(
    '$id $in.facility $in.priority',
    ({ in: input, expect: expected }) => {
      expect(encode(input)).toBe(expected.value);
    },
  );

  it.each(run.filter(({ expect: expected }) => expected.error !== undefined))(
    '$id is refused',
    ({ in: input }) => {
      expect(() => encode(input)).toThrow(ConfigurationError);
    },
  );

  it('runs or lists every case', () => {
    expect([run.length + listed.length, run.length]).toEqual([180, 179]);
    expect(cases).toHaveLength(180);
  });
});

describe('map vectors', () => {
  const cases = vectors<{ readonly levelname: string }, { readonly value: string }>('syslog', 'map');
  const handler = new SysLogHandler();

  it.each(cases)('$id', ({ in: { levelname }, expect: { value } }) => {
    expect(handler.mapPriority(levelname)).toBe(value);
  });
});

describe.runIf(process.platform === 'linux' && haveCommands('python3'))('emit vectors', () => {
  const cases = vectors<EmitInput, EmitExpected>('syslog', 'emit');
  const { run, listed } = split(cases, DIFFERENCES);

  it.each(run.filter(({ in: input }) => input.ident === null || typeof input.ident === 'string'))(
    '$id on $in.transport',
    async ({ in: input, expect: expected }) => {
      const peer = await startPeer(input.transport);
      const ident = typeof input.ident === 'string' ? { ident: input.ident } : {};
      const handler = emitCase(input, { ...peer.options, ...ident });
      await handler.close();
      const { datagrams, stream } = expected;
      const wanted = datagrams === undefined ? { stream } : { datagrams };

      await until(() => JSON.stringify(peer.received()) === JSON.stringify(wanted)).catch(() => undefined);
      expect(peer.received()).toEqual(wanted);
      expect(handler.failures).toBe(expected.errors.length);
      expect([handler.socktype, handler.unixsocket]).toEqual([
        expected.socktype === 'SOCK_DGRAM' ? 'dgram' : 'stream',
        expected.unixsocket,
      ]);
    },
  );

  it('m091-ident-bytes is refused', () => {
    expect(() => new SysLogHandler({ ident: Buffer.from('x') as unknown as string })).toThrow(
      'SysLogHandler: "ident" must be a string',
    );
  });

  it('runs or lists every case', () => {
    expect([run.length, listed.length, cases.length]).toEqual([44, 10, 54]);
  });
});

describe('create vectors', () => {
  const cases = vectors<CreateInput, { readonly value: unknown }>('syslog', 'create');

  // CPython's `has_socket` has no counterpart: nothing is opened at construction. Its timeout of None is our default.
  it.each(cases)('$id', ({ in: input, expect: { value } }) => {
    const [address] = input.args.map(untag) as readonly SyslogAddress[];
    const expected = untag(value) as Readonly<Record<string, unknown>>;
    const handler = new SysLogHandler({
      ...(address === undefined ? {} : { address }),
      ...(input.kwargs.timeout === undefined ? {} : { timeout: Number(input.kwargs.timeout) }),
    });

    expect(handler).toMatchObject({
      address: expected['address'],
      facility: expected['facility'],
      socktype: expected['socktype'] === '2' ? 'dgram' : undefined,
      unixsocket: expected['unixsocket'],
      timeout: expected['timeout'] ?? 5,
    });
  });
});

describe.runIf(process.platform === 'linux' && haveCommands('python3'))('reconnect vectors', () => {
  const say = (handler: SysLogHandler, msg: string): void =>
    void handler.handle(makeLogRecord({ levelno: 20, msg }));

  it('udp-emit-after-close', async () => {
    const server = await udpServer();
    const handler = new SysLogHandler({ address: ['127.0.0.1', server.port] });
    await handler.close();
    say(handler, 'after close');
    await handler.close();

    await until(() => server.received.length > 0);
    expect(hex(server.received)).toEqual(['3c31343e616674657220636c6f736500']);
  });

  it('unix-dgram-restart: what is logged while the daemon is down is delivered when it is back', async () => {
    const stderr = capturedStderr();
    const path = join(tempDir(), 'log');
    const first = await unixDatagramServer(path);
    const handler = new SysLogHandler({ address: path, retryStart: 0.01 });
    onTestFinished(() => handler.close());
    say(handler, 'one');
    await until(() => first.received.length === 1);
    await first.stop();
    say(handler, 'lost?');
    await until(() => stderr.text.includes('ECONNREFUSED'));
    const second = await unixDatagramServer(path);
    say(handler, 'server up');

    await until(() => second.received.length === 2);
    expect(second.received.map(String)).toEqual(['<14>lost?\0', '<14>server up\0']);
  });

  it('unix-missing-at-construction: the constructor returns, and the failure is reported', async () => {
    const stderr = capturedStderr();
    const handler = new SysLogHandler({ address: join(tempDir(), 'none'), flushTimeout: 0 });
    say(handler, 'one');

    await until(() => stderr.text.includes('ENOENT'));
    expect(handler.socktype).toBeUndefined();
    await handler.close();
    expect(handler.stats().dropped.closed).toBe(1);
  });

  it('unix-dgram-asked-but-stream-there: the constructor returns', async () => {
    const path = join(tempDir(), 'log');
    await unixStreamServer(path);

    expect(new SysLogHandler({ address: path, socktype: 'dgram' }).unixsocket).toBe(true);
  });

  it('tcp-refused-at-construction: the constructor returns, and the record waits for the server', async () => {
    const stderr = capturedStderr();
    const gone = await startTcpPeer();
    const { port } = gone;
    await gone.stop();
    const handler = new SysLogHandler({
      address: ['127.0.0.1', port],
      socktype: 'stream',
      flushTimeout: 0,
    });
    say(handler, 'one');

    await until(() => stderr.text.includes('ECONNREFUSED'));
    expect(handler.stats().queued).toBe(1);
    await handler.close();
  });

  it('runs or lists every case', () => {
    expect(vectors('syslog', 'reconnect').map(({ id }) => id)).toEqual([
      'udp-emit-after-close',
      'unix-dgram-restart',
      'unix-missing-at-construction',
      'unix-dgram-asked-but-stream-there',
      'tcp-refused-at-construction',
    ]);
  });
});

describe('differences from CPython', () => {
  const emit = vectors<EmitInput, EmitExpected>('syslog', 'emit');
  const inputOf = (id: string): EmitInput => {
    const found = emit.find((vector) => vector.id === id);
    if (found === undefined) throw new Error(`no case ${id}`);
    return found.in;
  };

  it('names only cases that exist', () => {
    const ids = ['encode', 'emit', 'reconnect'].flatMap((group) =>
      vectors('syslog', group).map(({ id }) => id),
    );

    expect(ids).toEqual(expect.arrayContaining(Object.keys(DIFFERENCES)));
  });

  it.each(['m084-facility-200', 'm086-bad-facility-USER', 'm088-bad-facility-1.5'])(
    '%s is refused at construction',
    (id) => {
      expect(() => new SysLogHandler({ facility: inputOf(id).facility as number })).toThrow(
        /^SysLogHandler: "facility" must be the name of a facility, or its number from 0 to 23, got /,
      );
    },
  );

  it('m008-surrogate is sent with U+FFFD', async () => {
    const peer = await startPeer('udp');
    await emitCase(inputOf('m008-surrogate'), peer.options).close();

    await until(() => peer.received().datagrams?.length === 2);
    expect(peer.received().datagrams?.map((text) => Buffer.from(text, 'hex').toString())).toEqual([
      '<14>bad \uFFFD\0',
      '<14>next\0',
    ]);
  });

  it('m009-bad-args is sent with NaN', async () => {
    const peer = await startPeer('udp');
    await emitCase(inputOf('m009-bad-args'), peer.options).close();

    await until(() => peer.received().datagrams?.length === 2);
    expect(Buffer.from(peer.received().datagrams?.[0] ?? '', 'hex').toString()).toBe('<14>NaN\0');
  });

  it('m042-levels gives every level a priority by its number', async () => {
    const peer = await startPeer('unix-stream');
    await emitCase(inputOf('m042-levels'), peer.options).close();

    await until(() => peer.received().stream?.endsWith('00') === true);
    expect(
      Buffer.from(peer.received().stream ?? '', 'hex')
        .toString()
        .split('\0'),
    ).toEqual([
      '<15>m-DEBUG',
      '<14>m-INFO',
      '<12>m-WARNING',
      '<11>m-ERROR',
      '<10>m-CRITICAL',
      '<12>m-Level 35',
      '<13>m-NOTICE',
      '<15>m-NOTSET',
      '<10>m-FATAL',
      '',
    ]);
  });
});
