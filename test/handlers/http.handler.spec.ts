import { describe, expect, it } from 'vitest';
import { diagnostics } from '../../lib/core/diagnostics';
import { JsonFormatter } from '../../lib/formatters';
import { HTTPHandler, type HTTPHandlerOptions } from '../../lib/handlers/http.handler';
import { handlerContract } from '../../lib/testing';
import { certificates } from '../support/certificates';
import { capturedStderr } from '../support/captured-stderr';
import { runChild } from '../support/child';
import { some } from '../support/some';
import { until } from '../support/until';
import { scriptedServer, type ScriptedServer } from './http/scripted-server';

/** Short pauses, so that a test of failures does not take longer than it must. */
const IMPATIENT = { retryStart: 0.02, retryMax: 0.05 } as const;

function lines(server: ScriptedServer): string[] {
  return server.bodies.flatMap((body) => body.split('\n').slice(0, -1));
}

function messages(server: ScriptedServer): string[] {
  return lines(server).map((line) => String((JSON.parse(line) as { message: unknown }).message));
}

/** The same line twice is one line sent twice: an answer was lost. */
function deduplicated(texts: readonly string[]): string[] {
  return texts.filter((text, at) => text !== texts[at - 1]);
}

function logAll(handler: HTTPHandler, count: number, from = 0): void {
  for (let at = from; at < from + count; at++)
    handler.handle(some.record({ message: 'message %d', args: [at] }));
}

function numbered(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, at) => `message ${at + from}`);
}

const servers = new WeakMap<HTTPHandler, ScriptedServer>();

async function connected(options: HTTPHandlerOptions): Promise<HTTPHandler> {
  const server = await scriptedServer();
  const handler = new HTTPHandler(server.host, '/log', { ...IMPATIENT, ...options });
  servers.set(handler, server);
  return handler;
}

for (const promise of handlerContract('HTTPHandler with lines of JSON', {
  create: () => connected({ body: 'ndjson' }),
  read: (handler) => lines(servers.get(handler) ?? (new Error('no server') as never)),
  cleanUp: (handler) => servers.get(handler)?.close(),
}))
  it(promise.title, promise.run);

for (const promise of handlerContract('HTTPHandler with a form', {
  create: () => connected({ method: 'POST' }),
  read: (handler) =>
    (servers.get(handler)?.bodies ?? []).map((body) => new URLSearchParams(body).get('msg') ?? ''),
  usesFormatter: false,
  cleanUp: (handler) => servers.get(handler)?.close(),
}))
  it(promise.title, promise.run);

describe('HTTPHandler', () => {
  it('opens no connection before the first record', async () => {
    const server = await scriptedServer();

    await new HTTPHandler(server.host, '/log').close();

    expect(server.connections).toBe(0);
  });

  it('sends a record as Python does', async () => {
    const server = await scriptedServer();
    const handler = new HTTPHandler(server.host, '/log?source=shop');

    handler.handle(some.record({ message: 'order %s', args: ['ä b'], created: 1_700_000_000 }));
    await handler.close();

    const [request] = server.requests;
    expect(request?.method).toBe('GET');
    expect(request?.url).toMatch(
      /^\/log\?source=shop&name=shop\.orders&msg=order\+%25s&args=%28%27%C3%A4\+b%27%2C%29&levelname=INFO&levelno=20&.*&created=1700000000\.0&.*&taskName=None$/,
    );
  });

  it('uses attributes that are set later for what is not sent yet, as Python does', async () => {
    const [first, second] = [await scriptedServer(), await scriptedServer()];
    const handler = new HTTPHandler(first.host, '/one', { insecure: true });
    handler.handle(some.record());
    await handler.flush();

    handler.method = 'post';
    handler.handle(some.record());
    handler.url = '/two';
    await handler.flush();
    handler.host = second.host;
    handler.credentials = ['ann', 'pw'];
    handler.handle(some.record());
    await handler.close();

    expect(first.requests.map(({ method, url }) => [method, url.split('?')[0]])).toEqual([
      ['GET', '/one'],
      ['POST', '/two'],
    ]);
    expect(second.requests).toMatchObject([
      { method: 'POST', url: '/two', headers: { host: second.host, authorization: 'Basic YW5uOnB3' } },
    ]);
    expect([handler.host, handler.url, handler.method]).toEqual([second.host, '/two', 'POST']);
    expect(handler.describe()).toContain(second.host);
  });

  it('speaks TLS once "secure" and "context" are set', async () => {
    const { ca, server: tls } = certificates();
    const server = await scriptedServer(undefined, { tls });
    const handler = new HTTPHandler(server.host, '/log', IMPATIENT);

    handler.secure = true;
    handler.context = { ca };
    handler.handle(some.record());
    await handler.close();

    expect(server.requests).toHaveLength(1);
    expect([handler.secure, handler.context]).toEqual([true, { ca }]);
  });

  it.each([
    ['method', 'PUT', 'HTTPHandler: "method" must be GET or POST, got \'PUT\'.'],
    ['url', '', 'HTTPHandler: "url" must be a path such as "/log", got "".'],
    ['host', 'http://h', 'HTTPHandler: "host" must be a host without a scheme'],
    ['credentials', ['ann', 'pw'], 'HTTPHandler: the "credentials" would be sent in clear'],
    ['context', {}, 'HTTPHandler: "context" parameter only makes sense with secure=True'],
  ])('refuses to have %s set to %j, and stays as it was', (name, value, problem) => {
    const handler = new HTTPHandler('h', '/log');
    const before: unknown = Reflect.get(handler, name);

    expect(() => Reflect.set(handler, name, value)).toThrow(problem);

    expect(Reflect.get(handler, name)).toBe(before);
  });

  it('sends other fields when mapLogRecord is overridden', async () => {
    const server = await scriptedServer();
    const handler = new (class extends HTTPHandler {
      override mapLogRecord(record: Parameters<HTTPHandler['mapLogRecord']>[0]): Record<string, unknown> {
        return { text: record.getMessage(), level: record.levelname };
      }
    })(server.host, '/log', { method: 'POST' });

    handler.handle(some.record({ message: 'order %s', args: [7] }));
    await handler.close();

    expect(server.bodies).toEqual(['text=order+7&level=INFO']);
  });

  it('sends what was logged while a request was under way as one batch', async () => {
    const server = await scriptedServer();
    const handler = new HTTPHandler(server.host, '/log', { body: 'json', batchSize: 50 });

    logAll(handler, 1);
    await server.received(1);
    logAll(handler, 120, 1);
    await handler.close();

    const batches = server.bodies.map((body) =>
      (JSON.parse(body) as { message: string }[]).map((line) => line.message),
    );
    expect(batches.flat()).toEqual(numbered(121));
    expect(batches.map((batch) => batch.length)).toEqual([1, 50, 50, 20]);
    expect(server.connections).toBe(1);
  });

  it('keeps a batch within batchBytes, and sends a larger record alone', async () => {
    const server = await scriptedServer();
    const formatter = { format: () => `"${'x'.repeat(98)}"` };
    const handler = new HTTPHandler(server.host, '/log', { body: 'ndjson', batchBytes: 250, formatter });

    logAll(handler, 5);
    handler.setFormatter({ format: () => `"${'y'.repeat(998)}"` });
    logAll(handler, 2);
    await handler.close();

    expect(server.bodies.map((body) => body.split('\n').length - 1)).toEqual([2, 2, 1, 1, 1]);
  });

  it('writes a record of lines on one line', async () => {
    const server = await scriptedServer();
    const handler = new HTTPHandler(server.host, '/log', {
      body: 'ndjson',
      formatter: { format: () => '{\n  "a": 1\r\n}' },
    });

    logAll(handler, 2);
    await handler.close();

    expect(server.bodies).toEqual(['{   "a": 1 }\n{   "a": 1 }\n']);
  });

  it('uses the formatter of the user', async () => {
    const server = await scriptedServer();
    const formatter = new JsonFormatter({ fields: ['levelno', 'message'] });
    const handler = new HTTPHandler(server.host, '/log', { body: 'json', formatter });

    handler.handle(some.record({ message: 'hello' }));
    await handler.close();

    expect(server.bodies).toEqual(['[{"levelno":20,"message":"hello"}]']);
  });

  it('sends a body of the user', async () => {
    const server = await scriptedServer();
    const body = {
      contentType: 'text/csv',
      encode: (record: Parameters<HTTPHandler['emit']>[0]) =>
        Buffer.from(`${record.levelno},${record.getMessage()}`),
      before: 'level,message\n',
      between: '\n',
    };
    const handler = new HTTPHandler(server.host, '/log', { body });

    logAll(handler, 2);
    await handler.close();

    expect(server.requests[0]?.headers['content-type']).toBe('text/csv');
    expect(server.bodies).toEqual(['level,message\n20,message 0\n20,message 1']);
  });

  it('tells handleError of a record that cannot be encoded, and goes on', async () => {
    const server = await scriptedServer();
    const failure = new Error('not encodable');
    const handler = new HTTPHandler(server.host, '/log', {
      body: {
        contentType: 'text/plain',
        encode(record) {
          if (record.getMessage() === 'bad') throw failure;
          return record.getMessage();
        },
      },
    });
    const failures: unknown[] = [];
    handler.handleError = (_record, error) => void failures.push(error);

    handler.handle(some.record({ message: 'bad' }));
    handler.handle(some.record({ message: 'good' }));
    await handler.close();

    expect(failures).toEqual([failure]);
    expect(server.bodies).toEqual(['good']);
  });

  it('is named by its address in reports, without the query', () => {
    expect(new HTTPHandler('h:8080', '/log?key=secret').describe()).toBe('HTTPHandler http://h:8080/log');
    expect(new HTTPHandler('h', '/log', { secure: true }).describe()).toBe('HTTPHandler https://h/log');
    expect(new HTTPHandler('h', '/log', { name: 'collector' }).describe()).toBe('HTTPHandler collector');
  });

  it('refuses what Python refuses', () => {
    expect(() => new HTTPHandler('h', '/log', { method: 'PUT' })).toThrow(
      'HTTPHandler: "method" must be GET or POST, got \'PUT\'.',
    );
  });
});

describe('HTTPHandler and a server in trouble', () => {
  it('delivers what was logged before the server was up', async () => {
    const stderr = capturedStderr();
    const server = await scriptedServer();
    const { host, port } = server;
    await server.close();
    const handler = new HTTPHandler(host, '/log', { body: 'ndjson', ...IMPATIENT });

    logAll(handler, 200);
    await until(() => stderr.text.includes('delivery failed'));
    await server.listen(port);
    await handler.close();

    expect(messages(server)).toEqual(numbered(200));
    expect(handler.stats()).toMatchObject({ sent: 200, queued: 0 });
    expect(stderr.text).toMatch(/200 records wait.*ECONNREFUSED/);
  });

  it('waits as long as the server asks, then delivers in order', async () => {
    capturedStderr();
    const busy = { status: 503, headers: { 'Retry-After': '1' } };
    const server = await scriptedServer((_request, number) => (number === 2 ? busy : 200));
    const handler = new HTTPHandler(server.host, '/log', { method: 'POST', ...IMPATIENT });

    logAll(handler, 4);
    await handler.close();

    const [, refused, again] = server.requests;
    expect((again?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThan(900);
    const order = server.bodies.map((body) => /args=%28(\d)/.exec(body)?.[1]);
    expect(order).toEqual(['0', '1', '1', '2', '3']);
    expect(handler.stats()).toMatchObject({ sent: 4 });
  });

  it('goes on after a server that did not answer in time', async () => {
    const stderr = capturedStderr();
    const server = await scriptedServer((_request, number) => (number === 1 ? 'hang' : 200));
    const handler = new HTTPHandler(server.host, '/log', { body: 'ndjson', timeout: 0.2, ...IMPATIENT });

    logAll(handler, 1);
    await server.received(1);
    logAll(handler, 9, 1);
    await handler.close();

    expect(stderr.text).toContain('no answer within 0.2 s');
    expect(deduplicated(messages(server))).toEqual(numbered(10));
  });

  it('delivers in order to a server that resets every other connection', async () => {
    capturedStderr();
    const server = await scriptedServer((_request, number) => (number % 2 === 0 ? 'reset' : 200));
    const handler = new HTTPHandler(server.host, '/log', {
      body: 'ndjson',
      batchSize: 10,
      flushTimeout: 20,
      ...IMPATIENT,
    });

    logAll(handler, 100);
    await handler.close();

    expect(handler.stats()).toMatchObject({ sent: 100, queued: 0 });
    const taken = server.requests.filter((_request, at) => at % 2 === 0);
    expect(taken.flatMap(({ body }) => body.toString().split('\n').slice(0, -1))).toHaveLength(100);
    expect([...new Set(messages(server))]).toEqual(numbered(100));
  });

  it('drops what the server does not want, tells of it, and counts every record once', async () => {
    const stderr = capturedStderr();
    const server = await scriptedServer(({ body }) => (/message \d*7"/.test(body.toString()) ? 422 : 200));
    const handler = new HTTPHandler(server.host, '/log', { body: 'ndjson', batchSize: 16, flushTimeout: 20 });

    logAll(handler, 100);
    await handler.close();

    expect(handler.stats()).toMatchObject({
      sent: 90,
      queued: 0,
      dropped: { refused: 10, overflow: 0, closed: 0 },
    });
    expect(stderr.text).toContain('a record was refused, and dropped: SendFailure: the server answered 422');
  });

  it('does not go on asking a server that wants none of it', async () => {
    capturedStderr();
    const server = await scriptedServer(() => 403);
    const handler = new HTTPHandler(server.host, '/log', { body: 'ndjson' });

    logAll(handler, 250);
    await handler.close();

    expect(server.requests).toHaveLength(3);
    expect(handler.stats()).toMatchObject({ sent: 0, dropped: { refused: 250 } });
  });

  it('follows no redirect, and reports it', async () => {
    const stderr = capturedStderr();
    const elsewhere = await scriptedServer();
    const headers = { Location: `http://${elsewhere.host}/log` };
    const server = await scriptedServer(() => ({ status: 307, headers }));
    const handler = new HTTPHandler(server.host, '/log', {
      body: 'ndjson',
      credentials: ['u', 'p'],
      insecure: true,
    });

    logAll(handler, 3);
    await handler.close();

    expect(elsewhere.requests).toEqual([]);
    expect(handler.stats()).toMatchObject({ dropped: { refused: 3 } });
    expect(stderr.text).toContain('(redirects are not followed)');
    expect(diagnostics.count(handler.describe())).toBe(1);
  });

  it('reports a name that does not resolve, and closes in time with exact counts', async () => {
    const stderr = capturedStderr();
    const handler = new HTTPHandler('no-such-host.invalid', '/log', { flushTimeout: 0.3 });

    logAll(handler, 5);
    await until(() => stderr.text.includes('delivery failed'));
    await handler.close();

    expect(stderr.text).toMatch(/ENOTFOUND|EAI_AGAIN/);
    expect(handler.stats()).toMatchObject({ sent: 0, queued: 0, dropped: { closed: 5 } });
  });

  it('stays within its limits while a server accepts and never answers', async () => {
    capturedStderr();
    const server = await scriptedServer(() => 'hang');
    const handler = new HTTPHandler(server.host, '/log', {
      body: 'ndjson',
      maxQueued: 1000,
      flushTimeout: 0.2,
    });

    logAll(handler, 1);
    await server.received(1);
    logAll(handler, 19_999, 1);
    expect(handler.stats()).toMatchObject({ queued: 1000, dropped: { overflow: 19_000 } });
    await handler.close();

    const { sent, dropped } = handler.stats();
    expect(sent + dropped.overflow + dropped.closed).toBe(20_000);
  });

  it('delivers a burst of 20 000 records in order', async () => {
    const server = await scriptedServer();
    const handler = new HTTPHandler(server.host, '/log', {
      body: 'ndjson',
      maxQueued: 20_000,
      flushTimeout: 60,
    });

    logAll(handler, 20_000);
    await handler.close();

    expect(messages(server)).toEqual(numbered(20_000));
  });

  it('does not keep the process alive with an idle connection', async () => {
    const server = await scriptedServer();
    const program = `
      const { HTTPHandler } = lib('handlers');
      const { makeLogRecord } = lib('core/record-factory');
      const handler = new HTTPHandler(process.argv[1], '/log', { body: 'ndjson' });
      handler.handle(makeLogRecord({ name: 'n', levelno: 20, msg: 'the only one' }));
      setTimeout(() => process.stdout.write('still here'), 60_000).unref();
    `;

    const { code, stdout } = await runChild(program, { args: [server.host] });

    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(messages(server)).toEqual(['the only one']);
  }, 60_000);
});
