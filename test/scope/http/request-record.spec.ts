/** The record at the end of a request: its level, fields and text, over a real server. */
import { NotFoundException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../../lib/core/log-record';
import { logRequest } from '../../../lib/scope/http/request-record';
import { head } from '../../support/raw-client';
import { until } from '../../support/until';
import { scopedServer, type RequestWork } from '../http-server';
import { scopeTree } from '../scope-tree';
import { stubRequest, stubResponse } from '../stub-exchange';

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

  it('logs a 200 with a mistake of the client at WARNING, as GraphQL answers so', async () => {
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

  it('has the pattern of the route, with the mount point before it', async () => {
    const record = await recordOf((request, response) => {
      Object.assign(request, { baseUrl: '/orders', route: { path: '/:id' } });
      response.end();
    });

    expect(record.extra).toMatchObject({ route: '/orders/:id', path: '/orders/7' });
  });

  it('says that the client left, at WARNING', async () => {
    const tree = scopeTree();
    const server = await scopedServer(tree, (_request, response) => void response.write('the first part'));
    const client = await server.connect();
    client.send(head('GET /orders/7'));
    await client.sees('the first part');

    client.leave('closes');
    await until(() => server.scopes[0]?.isAbandoned);
    server.scopes[0]?.giveUp();

    expect(tree.messages).toEqual([expect.stringMatching(/^GET \/orders\/7 aborted \d+ ms$/)]);
    expect(tree.target.records[0]).toMatchObject({ levelname: 'WARNING', extra: { aborted: true } });
    expect(tree.target.records[0]?.extra).not.toHaveProperty('status');
  });

  it('is logged to the logger that the place names', () => {
    const tree = scopeTree();
    const logger = tree.manager.getLogger('shop.http');
    const scope = tree.open({}, { kind: 'http', logger, title: 'GET' });
    const outcome = {
      kind: 'http',
      status: 200,
      error: undefined,
      aborted: false,
      durationMs: 3,
      path: '/orders/7',
    } as const;
    logRequest(scope, outcome);
    expect(tree.messages).toEqual([]);
    scope.request = stubRequest();
    scope.response = stubResponse();
    logRequest(scope, outcome);

    expect(tree.target.records.map(({ name }) => name)).toEqual(['shop.http']);
    expect(tree.messages).toEqual(['GET /orders/7 200 3 ms']);
  });

  it('does not let a path forge a placeholder', async () => {
    const record = await recordOf((_request, response) => response.end(), '/%s/%d');

    expect(record.getMessage()).toMatch(/^GET \/%s\/%d 200 \d+ ms$/);
  });

  it('is not logged when it is switched off', async () => {
    const tree = scopeTree();
    const server = await scopedServer(tree, (_request, response) => response.end(), { requestRecord: false });

    await server.get('/');
    await until(() => server.scopes[0]?.settled);

    expect(tree.messages).toEqual([]);
  });

  it('comes last in a success that held everything', async () => {
    const tree = scopeTree();
    tree.target.setLevel('INFO');
    const server = await scopedServer(
      tree,
      (_request, response) => {
        tree.log.debug('low');
        tree.log.info('middle');
        response.end();
      },
      { passThroughLevel: null },
    );

    await server.get('/');
    await until(() => server.scopes[0]?.settled);

    expect(tree.messages).toEqual(['middle', expect.stringMatching(/^GET \/ 200/)]);
  });
});
