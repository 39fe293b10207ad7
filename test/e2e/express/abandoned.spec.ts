/** Clients that disconnect while their handlers never answer: the number of kept records and scopes is limited. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { stats } from '../../../lib/logging';
import { until } from '../../support/until';
import { VERSIONS } from './express-versions';
import { Trial } from './trial';

const REQUESTS = 2400;
const RECORDS = 3;

/** Sends a request and disconnects when its handler runs. */
async function leave(port: number, id: string, started: ReadonlySet<string>): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`GET /never?id=${id} HTTP/1.1\r\nHost: h\r\n\r\n`);
  await until(() => started.has(id));
  socket.destroy();
  await once(socket, 'close');
}

describe.each(VERSIONS)('$name', { timeout: 60_000 }, (express) => {
  it('keeps at most 2000 records and scopes of requests whose clients have disconnected', async () => {
    const before = stats();
    const started = new Set<string>();
    const trial = await Trial.start(express, {
      routes: (app, { log }) =>
        app.get('/never', (request) => {
          for (let i = 0; i < RECORDS; i++) log.debug('step %d', i);
          started.add(String(request.query['id']));
        }),
    });
    for (let i = 0; i < REQUESTS; i += 50)
      await Promise.all(
        Array.from({ length: 50 }, async (_, k) => leave(trial.port, String(i + k), started)),
      );
    await until(() => trial.lines.length >= REQUESTS - 2000);
    const { scopes, records } = stats();

    expect(scopes.live - before.scopes.live).toBeLessThanOrEqual(2000);
    expect(records.held - before.records.held).toBeLessThanOrEqual(4000);
    expect(scopes.opened - before.scopes.opened).toBe(REQUESTS);
    expect(new Set(trial.lines)).toEqual(new Set(['WARNING GET /never aborted']));
  });
});
