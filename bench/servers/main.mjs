/** The process of the server. It measures its CPU time from 'start' until its last line after 'stop' is complete. */
import { setTimeout } from 'node:timers/promises';
import { cpuMs } from '../harness/measure.mjs';
import { seen } from './parcels.mjs';

/** How long the server waits for requests that were running when the client stopped, in ms. */
const CLIENT_LEFT_MS = 200;

let log;
let before;
let requestsBefore;

const answers = {
  async open(job) {
    const app = await import(`../apps/${job.app}.mjs`);
    log = await app.create(job);
    const server = await import(`./${job.framework === 'express' ? 'express' : 'nest'}.mjs`);
    return { port: await server.listen(log, job) };
  },
  start() {
    globalThis.gc();
    before = process.cpuUsage();
    requestsBefore = seen.requests;
    return {};
  },
  async stop() {
    // Gives the server time to notice closed connections, and running requests time to end.
    await setTimeout(CLIENT_LEFT_MS);
    await log.close();
    return {
      cpu: cpuMs(before),
      rss: process.memoryUsage().rss,
      requests: seen.requests - requestsBefore,
      seen,
    };
  },
  end: () => process.exit(0),
};

async function answer({ step, job }) {
  try {
    process.send({ result: await answers[step](job) });
  } catch (error) {
    process.send({ error: error.stack });
  }
}

process.on('message', (message) => void answer(message));
