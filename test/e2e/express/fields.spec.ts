/** Fields that say for whom a request to Express is served: on its records, in the heading of its dump, in each format. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { JsonFormatter, LogfmtFormatter, PrettyFormatter } from '../../../lib/formatters';
import { runInScope } from '../../../lib/scope/call';
import { setFields } from '../../../lib/scope/current';
import { VERSIONS } from './express-versions';
import { Trial, type TrialOptions } from './trial';

/** A guard sets the fields between two records; `/bad` fails in an inner scope, `/good` does not. */
const routes: TrialOptions['routes'] = (app, { manager, log, express }) => {
  app.use((request, _response, next) => {
    log.debug('before the guard');
    setFields({ tenant: request.query['tenant'], user: { id: 7, token: 'hush' } });
    next();
  });
  app.get('/good', (_request, response) => void response.send('ok'));
  app.get(
    '/bad',
    express.waitsFor(async () =>
      runInScope({ manager, dumpRecord: false, fields: { step: 'pay' } }, async () => {
        log.debug('in the inner scope');
        await Promise.resolve();
        throw new Error('no stock');
      }),
    ),
  );
};

async function get({ url }: Trial, path: string, headers: Record<string, string> = {}): Promise<void> {
  await (await fetch(url + path, { headers })).text();
}

describe.each(VERSIONS)('the fields of a request to $name', (version) => {
  it('are in the heading, on the records before the guard, on those of inner scopes and on the request record', async () => {
    const trial = await Trial.start(version, { routes, options: { dumpRecord: true } });
    await get(trial, '/good?tenant=a');
    await trial.settled(1);
    await get(trial, '/bad?tenant=b');
    await trial.settled(2);

    const seen = trial.seen.records.map(({ name, levelname, ids }) =>
      [levelname, name, ids?.['tenant'], ids?.['step']].join(' ').trim(),
    );
    expect(seen[0]).toBe('INFO http a');
    expect(seen.slice(1).toSorted()).toEqual([
      'DEBUG shop b',
      'DEBUG shop b pay',
      'ERROR call b pay',
      'ERROR http b',
      'INFO nestjs-hindsight b',
    ]);
  });

  it('are printed and redacted in each format', async () => {
    const trial = await Trial.start(version, { routes, options: { dumpRecord: true } });
    await get(trial, '/bad?tenant=b');
    await trial.settled();

    const redact = ['user.token'];
    for (const record of trial.seen.records) {
      const json = JSON.parse(new JsonFormatter({ redact }).format(record)) as object;
      expect(json).toMatchObject({ tenant: 'b', user: { id: 7 } });
      const pretty = new PrettyFormatter({ redact, colors: false }).format(record);
      expect(pretty).toContain(' tenant=b ');
      const logfmt = new LogfmtFormatter({ redact }).format(record);
      expect(logfmt).toContain(' tenant=b ');
      expect(JSON.stringify(json) + pretty + logfmt).not.toContain('hush');
    }
  });

  it('are those of the request among many at once', async () => {
    const trial = await Trial.start(version, { routes });
    const tenants = Array.from({ length: 64 }, (_, i) => `t${i}`);
    await Promise.all(tenants.map(async (tenant) => get(trial, `/good?tenant=${tenant}`)));
    await trial.settled(64);

    expect(trial.seen.records.map(({ ids }) => String(ids?.['tenant'])).toSorted()).toEqual(
      tenants.toSorted(),
    );
  });

  it('of the option `fields` are read at the end, with what the request has then and in its async context', async () => {
    const cls = new AsyncLocalStorage<{ tenant?: string }>();
    const trial = await Trial.start(version, {
      routes: (app, { log }) => {
        app.use((_request, _response, next) => cls.run({}, next));
        app.use((request, _response, next) => {
          log.debug('before');
          Object.assign(request, { user: 7 });
          Object.assign(cls.getStore() ?? {}, { tenant: request.headers['x-tenant'] });
          setImmediate(next);
        });
        app.get('/good', (_request, response) => void response.send('ok'));
        app.get('/bad', (_request, response) => void response.status(500).send('bad'));
      },
      options: { fields: (request) => ({ user: Reflect.get(request, 'user'), ...cls.getStore() }) },
    });
    await get(trial, '/good', { 'x-tenant': 'a' });
    await trial.settled(1);
    await get(trial, '/bad', { 'x-tenant': 'b' });
    await trial.settled(2);

    expect(trial.seen.records.map(({ name, ids }) => [name, ids?.['user'], ids?.['tenant']])).toEqual([
      ['http', 7, 'a'],
      ['shop', 7, 'b'],
      ['http', 7, 'b'],
    ]);
  });
});
