/** The service on Express. */
import express from 'express';
import { faults } from './faults.mjs';
import { say } from './say.mjs';

export async function serve(library) {
  const app = express();
  async function nightly() {
    library.log.debug('in the job');
    setTimeout(() => {
      throw new Error('boom');
    }, 1);
    await new Promise(() => {});
  }
  const wing = library.handler === undefined ? undefined : await import('nestjs-hindsight/express');
  if (wing !== undefined) app.use(wing.requestLogs({ target: library.handler, ...library.options }));
  else app.use(library.middleware);
  const jobs = { nightly: library.logIfErrors(nightly) };
  app.get('/:name', (request, response, next) => {
    const { name } = request.params;
    library.log.info(`now ${name}`);
    library.log.debug(`before ${name}`);
    say(`entered ${name}`);
    const answer = () => response.send('ok');
    void faults[name]({ ...library, jobs, response, answer, next });
  });
  if (wing !== undefined) app.use(wing.errorLogs());
  const server = await new Promise((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening));
  });
  return { server, jobs, shutDown: library.shutDown };
}
