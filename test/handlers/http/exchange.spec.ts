import { Agent, request } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  exchange,
  retryAfterMs,
  verdictOn,
  type ExchangeOptions,
  type HttpReply,
} from '../../../lib/handlers/http/exchange';
import { until } from '../../support/until';
import { scriptedServer, type ScriptedServer } from './scripted-server';

function reply(status: number, more: Partial<HttpReply> = {}): HttpReply {
  return { status, statusText: '', retryAfter: undefined, location: undefined, text: '', ...more };
}

describe('verdictOn', () => {
  it.each([200, 201, 202, 204, 299])('takes %i for delivered', (status) => {
    expect(verdictOn(reply(status), 0)).toEqual({ kind: 'taken' });
  });

  it.each([408, 425, 429, 500, 501, 502, 503, 504, 599])('tries again after %i', (status) => {
    expect(verdictOn(reply(status), 0)).toMatchObject({ kind: 'again', afterMs: undefined });
  });

  it('waits as long as the server asks', () => {
    expect(verdictOn(reply(503, { retryAfter: '3' }), 0)).toMatchObject({ afterMs: 3000 });
  });

  it.each([301, 302, 304, 307, 308, 401, 403, 404, 405, 410, 431])(
    'takes %i for a refusal of everything',
    (status) => {
      expect(verdictOn(reply(status), 0)).toMatchObject({ kind: 'refused', divide: undefined });
    },
  );

  it.each([
    [400, 'one is bad'],
    [422, 'one is bad'],
    [413, 'too large'],
  ])('takes %i for a refusal of this body', (status, divide) => {
    expect(verdictOn(reply(status), 0)).toMatchObject({ kind: 'refused', divide });
  });

  it('says what the server said', () => {
    const verdict = verdictOn(reply(400, { statusText: 'Bad Request', text: 'no field "time"' }), 0);

    expect(verdict).toMatchObject({ why: 'the server answered 400 Bad Request: no field "time"' });
  });

  it('says where a redirect points, and that it is not followed', () => {
    const verdict = verdictOn(reply(301, { statusText: 'Moved', location: 'https://other/log' }), 0);

    expect(verdict).toMatchObject({
      why: 'the server answered 301 Moved to https://other/log (redirects are not followed)',
    });
  });
});

const NOW = Date.UTC(2024, 0, 1, 12);

describe('retryAfterMs', () => {
  it.each([
    ['0', 0],
    ['7', 7000],
    [' 120 ', 120_000],
    ['Mon, 01 Jan 2024 12:00:30 GMT', 30_000],
    ['Monday, 01-Jan-24 12:00:30 GMT', 30_000],
    ['Mon, 01 Jan 2024 11:00:00 GMT', 0],
  ])('reads %j', (header, ms) => {
    expect(retryAfterMs(header, NOW)).toBe(ms);
  });

  it.each(['99999999999999999999', 'Fri, 31 Dec 9999 23:59:59 GMT'])(
    'waits an hour at most for %j',
    (header) => {
      expect(retryAfterMs(header, NOW)).toBe(3_600_000);
    },
  );

  it.each([undefined, '', '-1', '1.5', 'soon', '2024-01-01', 'Mon, 99 Foo'])(
    'makes nothing of %j',
    (header) => {
      expect(retryAfterMs(header, NOW)).toBeUndefined();
    },
  );
});

function newAgent(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  return agent;
}

function post(
  server: ScriptedServer,
  agent: Agent,
  options: Partial<ExchangeOptions> = {},
): ReturnType<typeof exchange> {
  return exchange({
    open: () => request({ port: server.port, host: '127.0.0.1', method: 'POST', agent }),
    body: Buffer.from('hello'),
    timeoutMs: 10_000,
    signal: new AbortController().signal,
    ...options,
  });
}

describe('exchange', () => {
  it('resolves with what decides, whatever the status', async () => {
    const headers = { 'Retry-After': '7', Location: '/other' };
    const server = await scriptedServer(() => ({ status: 503, headers, body: 'not\r\n\x1b[31m now ' }));

    expect(await post(server, newAgent())).toEqual({
      status: 503,
      statusText: 'Service Unavailable',
      retryAfter: '7',
      location: '/other',
      text: 'not [31m now',
    });
    expect(server.bodies).toEqual(['hello']);
  });

  it('keeps 200 characters of an answer', async () => {
    const server = await scriptedServer(() => ({ status: 400, body: 'é'.repeat(5000) }));

    expect(await post(server, newAgent())).toMatchObject({ text: 'é'.repeat(200) });
  });

  it('uses the connection again, however long the answer', async () => {
    const server = await scriptedServer(() => ({ status: 200, body: 'x'.repeat(50_000) }));
    const agent = newAgent();

    for (let i = 0; i < 3; i++) await post(server, agent);

    expect(server.connections).toBe(1);
  });

  it('ends the connection of an answer without an end, and counts the status', async () => {
    const server = await scriptedServer(() => 'endless');

    expect(await post(server, newAgent())).toMatchObject({ status: 200 });
  });

  it('counts the status of an answer that breaks off', async () => {
    const server = await scriptedServer(() => 'half');

    expect(await post(server, newAgent())).toMatchObject({ status: 200, text: 'half of it' });
  });

  it('rejects when there is no answer in time', async () => {
    const server = await scriptedServer(() => 'hang');

    await expect(post(server, newAgent(), { timeoutMs: 100 })).rejects.toThrow('no answer within 0.1 s');
  });

  it('rejects at once when it is given up', async () => {
    const server = await scriptedServer(() => 'hang');
    const controller = new AbortController();

    const reply = post(server, newAgent(), { signal: controller.signal });
    await server.received(1);
    controller.abort();

    await expect(reply).rejects.toThrow('given up');
    await expect(post(server, newAgent(), { signal: controller.signal })).rejects.toThrow('aborted');
    expect(server.requests).toHaveLength(1);
  });

  it('rejects when a new connection is reset', async () => {
    const server = await scriptedServer(() => 'reset');

    await expect(post(server, newAgent())).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('asks again over a new connection when a kept one was closed meanwhile', async () => {
    const server = await scriptedServer((_request, number) => (number === 2 ? 'reset' : 200));
    const agent = newAgent();
    await post(server, agent);

    expect(await post(server, agent)).toMatchObject({ status: 200 });

    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 1, 2]);
  });

  it('leaves no listener on the signal', async () => {
    const server = await scriptedServer();
    const { signal } = new AbortController();
    const agent = newAgent();
    const counts = { added: 0, removed: 0 };
    const counting = new Proxy(signal, {
      get(target, name) {
        if (name === 'addEventListener') counts.added++;
        if (name === 'removeEventListener') counts.removed++;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });

    for (let i = 0; i < 3; i++) await post(server, agent, { signal: counting });

    await until(() => counts.removed === 3);
    expect(counts.added).toBe(3);
  });
});
