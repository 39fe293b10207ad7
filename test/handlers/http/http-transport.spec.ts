import { Agent } from 'node:http';
import type { ServerOptions } from 'node:https';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  BODY_FRAMES,
  HttpTransport,
  joinBody,
  type HttpTransportOptions,
} from '../../../lib/handlers/http/http-transport';
import type { SendFailure } from '../../../lib/outbox/transport';
import { certificates } from '../../support/certificates';
import { scriptedServer, type ScriptedServer } from './scripted-server';

const parts = ['{"a":1}', '{"b":"é"}'].map((text) => Buffer.from(text));

describe('joinBody', () => {
  it('makes an array of JSON', () => {
    expect(joinBody(parts, BODY_FRAMES.json).toString()).toBe('[{"a":1},{"b":"é"}]');
  });

  it('makes lines, the last one ended', () => {
    expect(joinBody(parts, BODY_FRAMES.ndjson).toString()).toBe('{"a":1}\n{"b":"é"}\n');
  });

  it('adds nothing to a form', () => {
    expect(joinBody([Buffer.from('a=1')], BODY_FRAMES.form).toString()).toBe('a=1');
  });

  it('adds what a body of the user asks for', () => {
    const frame = { contentType: 'text/x', before: '<', between: '|', after: '>' };

    expect(joinBody(parts, frame).toString()).toBe('<{"a":1}|{"b":"é"}>');
  });
});

function newTransport(
  server: ScriptedServer,
  options: Partial<HttpTransportOptions> & { readonly secure?: boolean } = {},
): HttpTransport {
  const { secure = false, ...rest } = options;
  const transport = new HttpTransport({
    target: { secure, hostname: '127.0.0.1', port: server.port, hostHeader: server.host, url: '/log' },
    method: 'POST',
    frame: BODY_FRAMES.json,
    headers: [],
    gzip: false,
    batchSize: 100,
    batchBytes: 1_000_000,
    timeoutMs: 10_000,
    context: undefined,
    agent: undefined,
    ...rest,
  });
  onTestFinished(() => transport.close());
  return transport;
}

const { signal } = new AbortController();

function payloads(...texts: readonly string[]): Buffer[] {
  return texts.map((text) => Buffer.from(JSON.stringify(text)));
}

async function failureOf(delivery: Promise<void>): Promise<SendFailure> {
  return delivery.then(
    () => {
      throw new Error('it was delivered');
    },
    (error: unknown) => error as SendFailure,
  );
}

describe('HttpTransport', () => {
  it('sends a batch as one request', async () => {
    const server = await scriptedServer();

    await newTransport(server, { headers: ['X-Key', 'k'] }).deliver(payloads('a', 'é'), signal);

    expect(server.requests).toMatchObject([
      {
        method: 'POST',
        url: '/log',
        headers: {
          host: server.host,
          'accept-encoding': 'identity',
          'content-type': 'application/json',
          'content-length': '10',
          'x-key': 'k',
        },
        body: Buffer.from('["a","é"]'),
      },
    ]);
  });

  it('puts the data of a GET into the query and sends no body', async () => {
    const server = await scriptedServer();

    await newTransport(server, { method: 'GET', frame: BODY_FRAMES.form }).deliver(
      [Buffer.from('a=1&b=+')],
      signal,
    );

    expect(server.requests).toMatchObject([{ method: 'GET', url: '/log?a=1&b=+', body: Buffer.alloc(0) }]);
    expect(server.requests[0]?.headers).not.toHaveProperty('content-type');
  });

  it('keeps its connection', async () => {
    const server = await scriptedServer();
    const transport = newTransport(server);

    for (let i = 0; i < 5; i++) await transport.deliver(payloads('a'), signal);

    expect(server.connections).toBe(1);
  });

  it('compresses when told to', async () => {
    const server = await scriptedServer();

    await newTransport(server, { gzip: true }).deliver(payloads('a', 'b'), signal);

    const [request] = server.requests;
    expect(request?.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-length': String(request?.body.length),
    });
    expect(gunzipSync(request?.body ?? '').toString()).toBe('["a","b"]');
  });

  it('says how long the server wants it to wait', async () => {
    const server = await scriptedServer(() => ({ status: 503, headers: { 'Retry-After': '3' } }));

    const failure = await failureOf(newTransport(server).deliver(payloads('a'), signal));

    expect(failure).toMatchObject({ delivered: 0, drop: false, retryAfterMs: 3000 });
    expect(failure.message).toBe('the server answered 503 Service Unavailable');
  });

  it('gives up all records of a request that the server does not want', async () => {
    const server = await scriptedServer(() => 401);

    const failure = await failureOf(newTransport(server).deliver(payloads('a', 'b', 'c'), signal));

    expect(failure).toMatchObject({ delivered: 0, drop: true, dropCount: 3 });
    expect(server.requests).toHaveLength(1);
  });

  it('finds the one record for which the server refuses a batch', async () => {
    const server = await scriptedServer(({ body }) => (body.includes('bad') ? 400 : 200));
    const texts = ['a', 'b', 'c', 'd', 'e', 'bad', 'g', 'h'];

    const failure = await failureOf(newTransport(server).deliver(payloads(...texts), signal));

    expect(failure).toMatchObject({ delivered: 5, drop: true, dropCount: 1 });
    const taken = server.bodies.filter((body) => !body.includes('bad'));
    expect(taken.flatMap((body) => JSON.parse(body) as string[])).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('sends less at a time to a server that finds it too much, and remembers', async () => {
    const server = await scriptedServer(({ body }) => (body.length > 600 ? 413 : 200));
    const transport = newTransport(server);
    const batch = payloads(...Array.from({ length: 10 }, (_, at) => String(at).repeat(98)));

    await transport.deliver(batch, signal);

    expect(transport.batchBytes).toBe(500);
    const taken = server.requests.filter(({ body }) => body.length <= 600);
    expect(taken.flatMap(({ body }) => JSON.parse(body.toString()) as string[])).toHaveLength(10);
  });

  it('refuses a record that is too large by itself', async () => {
    const server = await scriptedServer(() => 413);

    expect(await failureOf(newTransport(server).deliver(payloads('a', 'b'), signal))).toMatchObject({
      delivered: 0,
      drop: true,
      dropCount: 1,
    });
  });

  it('tells of a server that is not there, and finds it later', async () => {
    const server = await scriptedServer();
    const { port } = server;
    const transport = newTransport(server);
    await server.close();

    const failure = await failureOf(transport.deliver(payloads('a'), signal));
    expect(failure).toMatchObject({
      message: 'the request failed',
      delivered: 0,
      cause: { code: 'ECONNREFUSED' },
    });

    await server.listen(port);
    await transport.deliver(payloads('a'), signal);
    expect(server.bodies).toEqual(['["a"]']);
  });

  it('connects anew after close', async () => {
    const server = await scriptedServer();
    const transport = newTransport(server);

    await transport.deliver(payloads('a'), signal);
    transport.close();
    await transport.deliver(payloads('b'), signal);

    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 2]);
  });

  it('uses the agent of the user, and does not close it', async () => {
    const server = await scriptedServer();
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const transport = newTransport(server, { agent });

    await transport.deliver(payloads('a'), signal);
    transport.close();
    await transport.deliver(payloads('b'), signal);

    expect(server.connections).toBe(1);
  });
});

describe('HttpTransport with TLS', () => {
  const { ca, server: good, client, expired, otherHost } = certificates();

  async function tlsServer(tls: ServerOptions): Promise<ScriptedServer> {
    return scriptedServer(undefined, { tls });
  }

  it('trusts the authority it is given, over one connection', async () => {
    const server = await tlsServer({ key: good.key, cert: good.cert });
    const transport = newTransport(server, { secure: true, context: { ca } });

    await transport.deliver(payloads('a'), signal);
    await transport.deliver(payloads('b'), signal);

    expect(server.bodies).toEqual(['["a"]', '["b"]']);
    expect(server.connections).toBe(1);
  });

  it('shows the certificate it is given', async () => {
    const tls = { key: good.key, cert: good.cert, ca, requestCert: true };
    const server = await tlsServer(tls);
    const context = { ca, cert: client.cert, key: client.key };

    await newTransport(server, { secure: true, context }).deliver(payloads('a'), signal);
    const without = newTransport(server, { secure: true, context: { ca } });

    await expect(without.deliver(payloads('b'), signal)).rejects.toThrow('the request failed');
    expect(server.bodies).toEqual(['["a"]']);
  });

  it.each([
    ['an authority it does not know', good, undefined, /UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED/],
    ['a certificate that is out of date', expired, { ca }, /CERT_HAS_EXPIRED/],
    ['a certificate for another host', otherHost, { ca }, /ERR_TLS_CERT_ALTNAME_INVALID/],
  ])('sends nothing to a server with %s', async (_what, { key, cert }, context, code) => {
    const server = await tlsServer({ key, cert });

    const failure = await failureOf(
      newTransport(server, { secure: true, context }).deliver(payloads('a'), signal),
    );

    expect(failure.cause).toMatchObject({ code: expect.stringMatching(code) as string });
    expect(server.requests).toEqual([]);
  });

  it('sends where it is told not to look at the certificate', async () => {
    const server = await tlsServer({ key: expired.key, cert: expired.cert });
    const context = { rejectUnauthorized: false };

    await newTransport(server, { secure: true, context }).deliver(payloads('a'), signal);

    expect(server.bodies).toEqual(['["a"]']);
  });
});
