/** The server's process: listens, and measures its own CPU between 'start' and the last line after 'stop'. */
import { cpuMs } from '../harness/measure.mjs';

let log;
let before;

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
    return {};
  },
  async stop() {
    await log.close();
    return { cpu: cpuMs(before), rss: process.memoryUsage().rss };
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
