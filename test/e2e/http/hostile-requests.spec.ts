/** Requests that want to get at more than their answer: prototypes, the ids and lines of others. */
import type { Express, Request } from 'express';
import { describe, expect, it } from 'vitest';
import { JsonFormatter } from '../../../lib/formatters';
import { CELLS } from './cells';
import { head, RawClient } from '../../support/raw-client';

const HOSTILE_QUERY = '__proto__[polluted]=1&constructor[prototype][polluted]=1&a[__proto__][polluted]=1';

describe.each(CELLS)('$name', (kind) => {
  it('lets neither __proto__ in a query nor in a body that is logged reach a prototype', async () => {
    const cell = await kind.start(
      (request, _response, log) => {
        const { query } = request as Request;
        log.debug('asked for', query);
        log.debug('asked for %j', query, {
          query,
          body: JSON.parse('{"__proto__":{"polluted":1}}') as object,
        });
        throw new Error('refused');
      },
      { middleware: (app) => void (app as Express).set('query parser', 'extended') },
    );
    const client = await RawClient.connect(cell.port);
    client.send(head(`GET /case?${HOSTILE_QUERY}`));
    await client.answers();
    await cell.settled();

    const format = new JsonFormatter();
    for (const record of cell.seen.records) expect(() => format.format(record)).not.toThrow();
    expect(cell.lines.slice(0, 2)).toEqual([
      expect.stringContaining('* DEBUG asked for'),
      expect.stringContaining('* DEBUG asked for'),
    ]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    const polluted = cell.seen.records.filter(({ extra }) => extra !== undefined && 'polluted' in extra);
    expect(polluted).toEqual([]);
  });

  it('prints no line that a path or a header of the client forged', async () => {
    const cell = await kind.start((request, _response, log) => {
      log.debug('agent %s', request.headers['user-agent']);
      throw new Error(`no such page: ${decodeURIComponent(request.url ?? '')}`);
    });
    const client = await RawClient.connect(cell.port);
    client.send(head('GET /%0d%0aERROR%20forged', { 'user-agent': 'x\tERROR forged' }));
    await client.answers();
    await cell.settled();

    const format = new JsonFormatter();
    expect(cell.seen.records.length).toBeGreaterThan(2);
    for (const record of cell.seen.records) expect(format.format(record)).not.toMatch(/[\r\n]/);
  });
});
