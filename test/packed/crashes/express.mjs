/** The service on Express. */
import express from 'express';
import { faults } from './faults.mjs';
import { say } from './say.mjs';

export async function serve(logs) {
  const app = express();
  async function nightly() {
    logs.log.debug('in the job');
    setTimeout(() => {
      throw new Error('boom');
    }, 1);
    await new Promise(() => {});
  }
  const middleware = logs.handler === undefined ? undefined : await import('nestjs-hindsight/express');
  if (middleware !== undefined) app.use(middleware.requestLogs({ target: logs.handler, ...logs.options }));
  else app.use(logs.middleware);
  const jobs = { nightly: logs.logIfErrors(nightly) };
  app.get('/:name', (request, response, next) => {
    const { name } = request.params;
    logs.log.info(`now ${name}`);
    logs.log.debug(`before ${name}`);
    say(`entered ${name}`);
    const answer = () => response.send('ok');
    void faults[name]({ ...logs, jobs, response, answer, next });
  });
  if (middleware !== undefined) app.use(middleware.errorLogs());
  const server = await new Promise((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening));
  });
  return { server, jobs, shutDown: logs.shutDown };
}
