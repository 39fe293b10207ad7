/** HTTPHandler against nginx: TLS, basic authentication, kept connections, restarts. */
import { describe, expect, it } from 'vitest';
import { HTTPHandler, type HTTPHandlerOptions } from '../../lib/handlers';
import { capturedStderr } from '../support/captured-stderr';
import { certificates } from '../support/certificates';
import { haveCommands } from '../support/real-means';
import { some } from '../support/some';
import { until } from '../support/until';
import { newNginx, NGINX_CREDENTIALS, startNginx, type Nginx } from './nginx';

const { ca, client, expired, otherHost } = certificates();

function handlerFor(
  nginx: Nginx,
  { url = '/log', ...options }: HTTPHandlerOptions & { readonly url?: string } = {},
): HTTPHandler {
  return new HTTPHandler(`localhost:${nginx.port}`, url, {
    secure: true,
    context: { ca },
    credentials: NGINX_CREDENTIALS,
    body: 'ndjson',
    retryStart: 0.05,
    retryMax: 0.1,
    flushTimeout: 20,
    ...options,
  });
}

function logAll(handler: HTTPHandler, count: number, from = 0): void {
  for (let at = from; at < from + count; at++)
    handler.handle(some.record({ message: 'message %d', args: [at] }));
}

function messages(nginx: Nginx): string[] {
  const lines = nginx.requests
    .filter(({ status }) => status === 204)
    .flatMap(({ body }) => body.split('\n').slice(0, -1));
  return lines.map((line) => (JSON.parse(line) as { message: string }).message);
}

/** nginx writes its log after the answer. */
async function logged(nginx: Nginx, count: number): Promise<string[]> {
  await until(() => messages(nginx).length >= count, { what: `nginx has logged ${count} messages` });
  return messages(nginx);
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `message ${at}`);
}

describe.runIf(haveCommands('nginx', 'htpasswd', 'openssl'))('HTTPHandler to nginx', () => {
  it('delivers over TLS with basic authentication, in one connection', async () => {
    const nginx = await startNginx();
    const handler = handlerFor(nginx, { batchSize: 10 });

    logAll(handler, 50);
    await handler.close();

    expect(await logged(nginx, 50)).toEqual(numbered(50));
    const { requests } = nginx;
    expect(requests.map(({ request }) => request)).toEqual([1, 2, 3, 4, 5]);
    expect(new Set(requests.map(({ connection }) => connection)).size).toBe(1);
    expect(requests[0]).toMatchObject({
      user: 'logger',
      method: 'POST',
      uri: '/log',
      type: 'application/x-ndjson',
    });
  });

  it('goes on over a new connection when nginx ends the old one', async () => {
    const stderr = capturedStderr();
    const nginx = await startNginx({ keepaliveRequests: 3 });
    const handler = handlerFor(nginx, { body: 'form', method: 'POST' });

    logAll(handler, 8);
    await handler.close();

    const requests = await nginx.received(8);
    expect(requests.map(({ request }) => request)).toEqual([1, 2, 3, 1, 2, 3, 1, 2]);
    expect(stderr.text).toBe('');
  });

  it('sends forms and queries', async () => {
    const nginx = await startNginx();
    const handler = handlerFor(nginx, { url: '/open?shop=1', body: 'form' });

    logAll(handler, 1);
    await handler.close();

    const [request] = await nginx.received(1);
    expect(request).toMatchObject({ method: 'GET', user: 'logger', body: '' });
    expect(request?.uri).toMatch(/^\/open\?shop=1&name=shop\.orders&msg=message\+%25d&args=%280%2C%29&/);
  });

  it('compresses', async () => {
    const nginx = await startNginx();
    const handler = handlerFor(nginx, { gzip: true, headers: { 'X-Shop': '1' } });

    logAll(handler, 100);
    await handler.close();

    const [request] = await nginx.received(1);
    expect(request).toMatchObject({ encoding: 'gzip', status: 204 });
    // A line is about 100 bytes.
    expect(Number(request?.length)).toBeLessThan(3000);
    expect(handler.stats().sent).toBe(100);
  });

  it('shows its certificate', async () => {
    const nginx = await startNginx({ mutual: true });
    const handler = handlerFor(nginx, { context: { ca, cert: client.cert, key: client.key } });

    logAll(handler, 1);
    await handler.close();

    expect(await nginx.received(1)).toMatchObject([{ client: 'CN=client', status: 204 }]);
  });

  it.each([
    ['a wrong password', { credentials: ['logger', 'wrong'] as const }, 401],
    ['no credentials', { credentials: null }, 401],
  ])('is told of %s, once for all records', async (_what, options, status) => {
    const stderr = capturedStderr();
    const nginx = await startNginx();
    const handler = handlerFor(nginx, options);

    logAll(handler, 20);
    await handler.close();

    expect((await nginx.received(1)).map((request) => request.status)).toEqual([status]);
    expect(handler.stats()).toMatchObject({ sent: 0, dropped: { refused: 20 } });
    expect(stderr.text).toContain(
      '20 records were refused, and dropped: SendFailure: the server answered 401 Unauthorized',
    );
  });

  it.each([
    ['a server whose certificate is out of date', { certificate: expired }, {}, 'certificate has expired'],
    [
      'a server whose certificate is for another host',
      { certificate: otherHost },
      {},
      "does not match certificate's altnames",
    ],
    ['a server of an unknown authority', {}, { context: null }, 'unable to verify the first certificate'],
    ['a server that asks for a certificate', { mutual: true }, {}, '400 Bad Request'],
  ])('delivers nothing to %s', async (_what, server, options, text) => {
    const stderr = capturedStderr();
    const nginx = await startNginx(server);
    const handler = handlerFor(nginx, { flushTimeout: 0.3, ...options });

    logAll(handler, 3);
    await until(() => stderr.text.includes(text), { what: `stderr says "${text}"` });
    await handler.close();

    const { sent, queued, dropped } = handler.stats();
    expect({ sent, queued, lost: dropped.refused + dropped.closed }).toEqual({ sent: 0, queued: 0, lost: 3 });
    expect(messages(nginx)).toEqual([]);
  });

  it('delivers what was logged before nginx was up, and over its restart', async () => {
    const stderr = capturedStderr();
    const nginx = await newNginx();
    const handler = handlerFor(nginx);

    logAll(handler, 100);
    await until(() => stderr.text.includes('delivery failed'));
    await nginx.start();
    await handler.flush();
    // It answers before it logs, and would be ended in between.
    await logged(nginx, 100);
    await nginx.end();
    logAll(handler, 100, 100);
    await nginx.start();
    await handler.close();

    expect(await logged(nginx, 200)).toEqual(numbered(200));
    expect(handler.stats()).toMatchObject({ sent: 200, queued: 0 });
  });

  it('keeps the records while nginx answers 503, and drops none', async () => {
    const stderr = capturedStderr();
    const nginx = await startNginx();
    const handler = handlerFor(nginx, { url: '/busy', flushTimeout: 0.3 });

    logAll(handler, 3);
    await nginx.received(2);

    expect(handler.stats()).toMatchObject({ sent: 0, queued: 3 });
    expect(stderr.text).toContain('the server answered 503 Service Temporarily Unavailable');
    await handler.close();
    expect(handler.stats()).toMatchObject({ dropped: { closed: 3 } });
  });

  it('makes smaller requests for a server that takes only small ones', async () => {
    const nginx = await startNginx({ maxBody: '64k' });
    const handler = handlerFor(nginx, { batchSize: 10_000, batchBytes: 10_000_000 });

    logAll(handler, 10_000);
    await handler.close();

    expect(await logged(nginx, 10_000)).toEqual(numbered(10_000));
    // Half of the last one each time, from 1 MB on.
    expect(nginx.requests.filter(({ status }) => status === 413)).toHaveLength(4);
  });
});
