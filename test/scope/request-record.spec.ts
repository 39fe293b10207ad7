/** The record at the end of a request: its level, fields and text, over a real server. */
import { NotFoundException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../lib/core/log-record';
import { logRequest } from '../../lib/scope/request-record';
import { until } from '../support/until';
import { scopedServer, type RequestWork } from './http-server';
import { scopeTree } from './scope-tree';

async function recordOf(work: RequestWork, path = '/orders/7?q=1'): Promise<LogRecord> {
  const tree = scopeTree();
  const server = await scopedServer(tree, work);
  await server.get(path);
  return until(() => tree.target.records.find(({ args }) => args.length > 1));
}

describe('logRequest', () => {
  it.each([
    [200, 'INFO'],
    [304, 'INFO'],
    [399, 'INFO'],
    [400, 'WARNING'],
    [499, 'WARNING'],
    [500, 'ERROR'],
    [503, 'ERROR'],
  ])('logs a %d at %s', async (status, level) => {
    const record = await recordOf((_request, response) => response.writeHead(status).end());

    expect(record.levelname).toBe(level);
    expect(record.extra).toMatchObject({ status });
  });

  it('logs a 200 whose work failed at ERROR', async () => {
    const record = await recordOf((_request, response, scope) => {
      scope?.fail(new Error('boom'));
      response.end();
    });

    expect(record.levelname).toBe('ERROR');
  });

  it('logs a 200 that tells of a mistake of the client at WARNING, as GraphQL does', async () => {
    const record = await recordOf((_request, response, scope) => {
      scope?.fail(new NotFoundException());
      response.end();
    });

    expect(record.levelname).toBe('WARNING');
  });

  it('has method, path without the query, status, duration and bytes', async () => {
    const record = await recordOf((_request, response) => {
      response.setHeader('content-length', 5);
      response.end('hello');
    });

    expect(record.extra).toEqual({
      method: 'GET',
      path: '/orders/7',
      status: 200,
      durationMs: expect.any(Number) as number,
      bytes: 5,
    });
    expect(record.getMessage()).toMatch(/^GET \/orders\/7 200 \d+ ms$/);
    expect(record.context?.fields).toHaveProperty('requestId');
  });

  it('has the pattern of the route, with the mount point before it', () => {
    const tree = scopeTree();
    const scope = tree.open({}, { kind: 'http' });
    logRequest({
      scope,
      request: { method: 'GET', url: '/7', headers: {}, baseUrl: '/orders', route: { path: '/:id' } },
      response: {
        statusCode: 200,
        headersSent: true,
        writableEnded: true,
        setHeader() {},
        getHeader() {},
        once() {},
        prependOnceListener() {},
        end() {},
      },
      outcome: {
        kind: 'http',
        status: 200,
        error: undefined,
        aborted: false,
        durationMs: 3,
        path: '/orders/7',
      },
    });

    expect(tree.target.records[0]?.extra).toMatchObject({ route: '/orders/:id' });
  });

  it('does not let a path forge a placeholder', async () => {
    const record = await recordOf((_request, response) => response.end(), '/%s/%d');

    expect(record.getMessage()).toMatch(/^GET \/%s\/%d 200 \d+ ms$/);
  });
});
