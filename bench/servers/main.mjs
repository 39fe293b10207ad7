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
    return answers.begin();
  },
  begin() {
    before = process.cpuUsage();
    requestsBefore = seen.requests;
    return {};
  },
  /** What one window of load has cost. */
  read: () => ({ cpu: cpuMs(before), requests: seen.requests - requestsBefore }),
  async stop() {
    // Gives the server time to notice closed connections, and running requests time to end.
    await setTimeout(CLIENT_LEFT_MS);
    await log.close();
    return { ...answers.read(), rss: process.memoryUsage().rss, seen };
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
