/** HTTPHandler against what CPython did. */
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../lib/core/log-record';
import { makeLogRecord } from '../../lib/core/record-factory';
import { HTTPHandler, type HTTPHandlerOptions } from '../../lib/handlers';
import { urlEncoded } from '../../lib/handlers/http/record-dict';
import { capturedStderr } from '../support/captured-stderr';
import { untag } from '../support/python-value';
import { split, vectors, type Differences, type Vector } from '../support/vectors';
import { rawHttpServer } from './raw-http-server';

interface EmitInput {
  readonly url: string;
  readonly attributes: unknown;
  readonly subset: readonly string[] | null;
  readonly kwargs: unknown;
  readonly set_method: string | null;
  readonly records: number;
  readonly reply: string;
  readonly host: string;
  readonly formatter: string | null;
}

interface EmitExpected {
  readonly requests: readonly {
    readonly request_line: string;
    readonly headers: readonly string[];
    readonly body: string;
  }[];
  readonly errors: readonly { readonly type: string; readonly message: string }[];
}

interface EncodeInput {
  readonly dict: { readonly $dict: readonly (readonly [unknown, unknown])[] };
}

interface CreateInput {
  readonly args: readonly [string, string, string?];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

interface CreateExpected {
  readonly value?: unknown;
  readonly error?: { readonly type: string; readonly message: string };
}

const AT_CONSTRUCTION = 'refused at construction; CPython fails at each record';
const STATUS = 'the status counts: the record is dropped and reported; CPython takes it for delivered';
const AGAIN =
  'tried again, and reported; CPython takes a 500 for delivered, and loses the record without an answer';
const FLOAT = 'JavaScript cannot tell 1.0 from 1; created, msecs and relativeCreated are known to be floats';
const TUPLE = 'JavaScript has no tuple; only args are known to be one';

const EMIT_DIFFERENCES: Differences = {
  'h15-url-non-ascii-GET': AT_CONSTRUCTION,
  'h58-credentials-three-POST': AT_CONSTRUCTION,
  'h62-surrogate-POST': 'a lone surrogate is sent as U+FFFD; CPython loses the record',
  'h33-reply-301-GET': STATUS,
  'h34-reply-404-GET': STATUS,
  'h69-reply-404-POST': STATUS,
  'h35-reply-500-GET': AGAIN,
  'h70-reply-500-POST': AGAIN,
  'h37-reply-nothing-GET': AGAIN,
  'h73-reply-http2-POST': AGAIN,
  'h76-values': FLOAT,
};

const ENCODE_DIFFERENCES: Differences = { v06: FLOAT, v22: TUPLE, v23: TUPLE, v24: TUPLE };

/** What the attributes of the vectors are given in addition to. */
const BASE = {
  name: 'http',
  msg: 'späm %s',
  args: ['x'],
  levelname: 'ERROR',
  levelno: 40,
  pathname: '/srv/a b.py',
  lineno: 42,
  funcName: '<module>',
  created: 1_700_000_000.123456,
  msecs: 123,
  relativeCreated: 4567.891,
  thread: 139_872_034,
  threadName: 'MainThread',
  processName: 'MainProcess',
  process: 4242,
} as const;

function optionsOf(kwargs: unknown): HTTPHandlerOptions {
  // The vectors use no TLS, and Python sends credentials all the same.
  return { ...(untag(kwargs) as HTTPHandlerOptions), insecure: true, flushTimeout: 0.5 };
}

/** Sends some of the fields only, if told to. */
class SubsetHandler extends HTTPHandler {
  subset: readonly string[] | null = null;

  override mapLogRecord(record: LogRecord): Readonly<Record<string, unknown>> {
    const all = super.mapLogRecord(record);
    return this.subset === null ? all : Object.fromEntries(this.subset.map((name) => [name, all[name]]));
  }
}

async function emit(input: EmitInput): Promise<{ handler: HTTPHandler; seen: unknown[] }> {
  const { server, port } = await rawHttpServer(input.reply);
  const host = input.host.replace('PORT', String(port));
  const format = input.formatter;
  const handler = new SubsetHandler(host, input.url, {
    ...optionsOf(input.kwargs),
    ...(format === null ? {} : { formatter: { format: () => format } }),
  });
  handler.subset = input.subset;
  for (let i = 0; i < input.records; i++)
    handler.handle(makeLogRecord({ ...BASE, ...(untag(input.attributes) as object) }));
  await server.received(1);
  await handler.close();
  const seen = server.requests.map(({ requestLine, headers, body }) => ({
    request_line: requestLine,
    // Node says so, and Python means the opposite by saying nothing and closing.
    headers: headers
      .filter((header) => header !== 'Connection: keep-alive')
      .map((header) => header.replace(`:${port}`, ':PORT')),
    body,
  }));
  return { handler, seen };
}

describe('emit vectors', () => {
  const cases = vectors<EmitInput, EmitExpected>('http', 'emit');
  const { run, listed } = split(cases, EMIT_DIFFERENCES);

  it.each(run)('$id', async ({ in: input, expect: expected }) => {
    expect(expected.errors, 'the case belongs into the differences').toEqual([]);

    const { handler, seen } = await emit(input);

    expect(seen).toEqual(expected.requests);
    expect(handler.stats()).toMatchObject({ sent: input.records, queued: 0 });
  });

  it('runs or lists every case', () => {
    expect(run.length + listed.length).toBe(cases.length);
    expect(listed.map(({ id }) => id).toSorted()).toEqual(Object.keys(EMIT_DIFFERENCES).toSorted());
  });
});

describe('encode vectors', () => {
  const cases = vectors<EncodeInput, { readonly value: string }>('http', 'encode');
  const { run, listed } = split(cases, ENCODE_DIFFERENCES);

  it.each(run)('$id', ({ in: { dict }, expect: expected }) => {
    const entries = dict.$dict.map(([key, value]) => [String(key), bytesOf(value) ?? untag(value)] as const);

    expect(urlEncoded(entries)).toBe(expected.value);
  });

  it('runs or lists every case', () => {
    expect(run.length + listed.length).toBe(cases.length);
    expect(listed.map(({ id }) => id).toSorted()).toEqual(Object.keys(ENCODE_DIFFERENCES).toSorted());
  });
});

function bytesOf(value: unknown): Buffer | undefined {
  if (typeof value !== 'object' || value === null || !('$bytes' in value)) return undefined;
  return Buffer.from(String(value.$bytes), 'hex');
}

describe('create vectors', () => {
  const cases = vectors<CreateInput, CreateExpected>('http', 'create');
  const taken = cases.filter(({ expect: { error } }) => error === undefined);
  const refused = cases.filter(({ expect: { error } }) => error !== undefined);

  it.each(taken)('$id', ({ in: input, expect: expected }) => {
    expect(create(input)).toMatchObject(untag(expected.value) as object);
  });

  it.each(refused)('$id', ({ in: input, expect: expected }) => {
    const [option = '', ...rest] = expected.error?.message.split(' ') ?? [];

    // Our texts put the option in quotes.
    expect(() => create(input)).toThrow(`"${option}" ${rest.join(' ')}`);
  });

  it('runs every case', () => {
    expect(taken.length + refused.length).toBe(9);
  });
});

function create({ args: [host, url, method], kwargs }: CreateInput): HTTPHandler {
  // 'None' stands for None there, and 'ctx' for an SSLContext.
  const context = { ctx: {}, None: null }[String(kwargs['context'])];
  return new HTTPHandler(host, url, {
    ...optionsOf({ $dict: Object.entries(kwargs) }),
    ...(method === undefined ? {} : { method }),
    ...(context === undefined ? {} : { context }),
  });
}

describe('differences from CPython', () => {
  const cases = vectors<EmitInput, EmitExpected>('http', 'emit');
  const one = (id: string): Vector<EmitInput, EmitExpected> => {
    const found = cases.find((candidate) => candidate.id === id);
    if (found === undefined) throw new Error(`no case "${id}"`);
    return found;
  };

  it.each(['h15-url-non-ascii-GET', 'h58-credentials-three-POST'])('%s: refuses to be made', (id) => {
    const { url, kwargs, host } = one(id).in;

    expect(() => new HTTPHandler(host.replace('PORT', '1'), url, optionsOf(kwargs))).toThrow(
      /^HTTPHandler: "(url|credentials)" must be/,
    );
  });

  it('h62-surrogate-POST: sends U+FFFD', async () => {
    const { seen } = await emit({
      ...one('h62-surrogate-POST').in,
      attributes: { $dict: [['msg', 'bad \ud800']] },
    });

    expect(seen).toMatchObject([{ body: 'msg=bad+%EF%BF%BD' }]);
  });

  it.each(['h33-reply-301-GET', 'h34-reply-404-GET', 'h69-reply-404-POST'])(
    '%s: sends the same, drops the record and reports it',
    async (id) => {
      const stderr = capturedStderr();
      const { in: input, expect: expected } = one(id);

      const { handler, seen } = await emit(input);

      expect(seen).toEqual(expected.requests);
      expect(handler.stats()).toMatchObject({ sent: 0, dropped: { refused: 1 } });
      expect(stderr.text).toMatch(/the server answered (301|404)/);
    },
  );

  it.each(['h35-reply-500-GET', 'h70-reply-500-POST', 'h37-reply-nothing-GET', 'h73-reply-http2-POST'])(
    '%s: sends the same, keeps the record and reports it',
    async (id) => {
      const stderr = capturedStderr();
      const { in: input, expect: expected } = one(id);

      const { handler, seen } = await emit(input);

      expect(seen[0]).toEqual(expected.requests[0]);
      expect(handler.stats()).toMatchObject({ sent: 0, dropped: { refused: 0, closed: 1 } });
      expect(stderr.text).toMatch(
        /delivery failed, 1 record wait.*: (the server answered 500|the request failed)/,
      );
    },
  );

  it('h76-values: writes a number without a fraction as an integer', async () => {
    const { seen } = await emit(one('h76-values').in);

    expect(seen).toMatchObject([{ request_line: 'GET /log?v=1 HTTP/1.1' }]);
  });

  it('v22 to v24: writes an array as a list', () => {
    expect(urlEncoded([['k', ['a', 2, null]]])).toBe('k=%5B%27a%27%2C+2%2C+None%5D');
  });
});
