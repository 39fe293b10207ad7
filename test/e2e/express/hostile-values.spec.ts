/** Objects of an application that throw when they are read: the request is served, and dumped if it fails. */
import { describe, expect, it } from 'vitest';
import { HOSTILE_VALUES } from '../../support/hostile-values';
import { stats } from '../../../lib/logging';
import { VERSIONS } from './express-versions';
import { Trial } from './trial';

class Hostile extends Error {
  static override [Symbol.hasInstance](): boolean {
    throw new Error('refused');
  }
}

describe.each(VERSIONS)('$name', (express) => {
  for (const [what, make] of Object.entries(HOSTILE_VALUES)) {
    it(`dumps a failing request that logged ${what}`, async () => {
      const live = stats().scopes.live;
      const trial = await Trial.start(express, {
        routes: (app, { log }) =>
          app.get('/case', () => {
            log.debug('before');
            log.debug('with a value', make());
            log.debug('after %s', 'it');
            throw new Error('boom');
          }),
      });
      const response = await fetch(`${trial.url}/case`);
      await trial.settled();

      expect(response.status).toBe(500);
      expect(trial.seen.messages[0]).toBe('before');
      expect(trial.seen.messages[1]).toMatch(/^with a value/);
      expect(trial.seen.messages[2]).toBe('after it');
      expect(trial.lines[3]).toBe('ERROR GET /case failed: boom');
      expect(stats().scopes.live).toBe(live);
    });

    it(`settles a request that ${what} was thrown in`, async () => {
      const live = stats().scopes.live;
      const trial = await Trial.start(express, {
        routes: (app, { log }) =>
          app.get('/case', () => {
            log.debug('before');
            throw make();
          }),
        errorHandlers: (app) =>
          // oxlint-disable-next-line max-params -- Express recognises an error handler by its four parameters
          app.use(
            (
              _error: unknown,
              _request: unknown,
              response: { sendStatus(code: number): void },
              _next: unknown,
            ) => response.sendStatus(500),
          ),
      });
      const response = await fetch(`${trial.url}/case`);
      await trial.settled();

      expect(response.status).toBe(500);
      expect(trial.seen.messages[0]).toBe('before');
      expect(stats().scopes.live).toBe(live);
    });
  }

  it('takes an excluded class that throws when it is asked for one that does not fit', async () => {
    const trial = await Trial.start(express, {
      options: { excludeErrors: [Hostile] },
      routes: (app, { log }) =>
        app.get('/case', () => {
          log.debug('before');
          throw new Error('boom');
        }),
    });
    const response = await fetch(`${trial.url}/case`);
    await trial.settled();

    expect(response.status).toBe(500);
    expect(trial.lines.slice(0, 2)).toEqual(['* DEBUG before', 'ERROR GET /case failed: boom']);
  });
});
