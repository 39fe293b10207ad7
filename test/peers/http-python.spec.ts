/** HTTPHandler and CPython's own, to the same http.server of CPython. */
import { describe, expect, it } from 'vitest';
import { makeLogRecord } from '../../lib/core/record-factory';
import { HTTPHandler } from '../../lib/handlers';
import { haveCommands } from '../support/real-means';
import { until } from '../support/until';
import { sendWithPython, startPythonHttpServer, type SeenRequest } from './python-http';

const FIELDS = {
  name: 'shop.orders',
  msg: 'order %s at 100%%: "ä✓\u{1f600}" <&+>\n\t~',
  args: ['one', 2, 2.5, true, null, "it's", { key: [1, 'b'] }],
  levelname: 'ERROR',
  levelno: 40,
  pathname: '/srv/a b.py',
  filename: 'a b.py',
  module: 'a b',
  exc_info: null,
  exc_text: null,
  stack_info: null,
  lineno: 42,
  funcName: '<module>',
  created: 1_700_000_000,
  msecs: 0,
  relativeCreated: 4567.891,
  thread: 139_872_034,
  threadName: 'MainThread',
  processName: 'MainProcess',
  process: 4242,
  taskName: null,
  user: 'bob & alice',
  ratio: 0.1,
  tags: ['x', 'é'],
} as const;

/** What Node and Python say differently of a connection: Node keeps it. */
function comparable(request: SeenRequest | undefined): unknown {
  if (request === undefined) throw new Error('no request');
  const { connection: _connection, headers, ...rest } = request;
  return { ...rest, headers: headers.filter(([name]) => name !== 'Connection') };
}

describe.runIf(haveCommands('python3'))('HTTPHandler beside CPython', () => {
  it.each([
    ['GET', '/log', undefined],
    ['GET', '/log?a=1', ['usér', 'pass:wörd']],
    ['GET', '/log#part', undefined],
    ['POST', '/log', undefined],
    ['POST', '/log?a=1', ['usér', 'pass:wörd']],
    ['GET', 'http://other.example:81/log', undefined],
    ['POST', 'http://other.example/log?a=1', ['u', 'p']],
    ['POST', 'https://other.example', undefined],
    ['GET', 'http://[::1]:8/x', undefined],
    ['GET', 'HTTP://Other.Example/x', undefined],
    ['POST', 'http:///x', undefined],
    ['POST', '//other.example/x', undefined],
    ['POST', 'other.example:443', undefined],
    ['GET', '*', undefined],
  ] as const)('sends the bytes of CPython: %s %s', async (method, url, credentials) => {
    const server = await startPythonHttpServer();
    await sendWithPython({ port: server.port, url, method, credentials, records: [FIELDS] });
    const handler = new HTTPHandler(`127.0.0.1:${server.port}`, url, {
      method,
      insecure: true,
      ...(credentials === undefined ? {} : { credentials }),
    });

    handler.handle(makeLogRecord(FIELDS));
    await handler.close();

    const [theirs, ours] = await server.received(2);
    expect(comparable(ours)).toEqual(comparable(theirs));
  });

  it('keeps one connection where CPython opens one a record', async () => {
    const server = await startPythonHttpServer();
    await sendWithPython({
      port: server.port,
      url: '/log',
      method: 'POST',
      records: [FIELDS, FIELDS, FIELDS],
    });
    const handler = new HTTPHandler(`127.0.0.1:${server.port}`, '/log', { method: 'POST' });

    for (let i = 0; i < 3; i++) handler.handle(makeLogRecord(FIELDS));
    await handler.close();

    const connections = (await server.received(6)).map(({ connection }) => connection);
    expect(connections).toEqual([0, 1, 2, 3, 3, 3]);
  });

  it('delivers lines of JSON', async () => {
    const server = await startPythonHttpServer();
    const handler = new HTTPHandler(`127.0.0.1:${server.port}`, '/log', { body: 'ndjson' });

    for (let i = 0; i < 500; i++) handler.handle(makeLogRecord({ ...FIELDS, msg: `message ${i}`, args: [] }));
    await handler.close();

    const received = (): string[] => server.requests.flatMap(({ body }) => body.split('\n').slice(0, -1));
    // The server prints what it was sent after its answer.
    await until(() => received().length >= 500);
    expect(received().map((line) => (JSON.parse(line) as { message: string }).message)).toEqual(
      Array.from({ length: 500 }, (_, at) => `message ${at}`),
    );
  });
});
