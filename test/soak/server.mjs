/** The process of the service: serves requests, measures its memory and event loop, and reports its counts. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { countingLogger, soakRoutes } from './route.mjs';
import { listen } from './apps.mjs';

const require = createRequire(import.meta.url);

/** Time between two samples of the resident memory, in ms. */
const SAMPLE_MS = 100;

let app;
let log;
let hindsight;
let samples = [];
let sampling = false;
let rejections = 0;
const lag = monitorEventLoopDelay({ resolution: 1 });

/** The service survives unhandled rejections, as many services do. */
process.on('unhandledRejection', () => rejections++);
setInterval(() => sampling && samples.push(process.memoryUsage.rss()), SAMPLE_MS).unref();

/** Collects garbage, including leaked scopes, until `isDone` returns true or the time is over. */
async function settle(isDone, timeoutMs) {
  const end = performance.now() + timeoutMs;
  do {
    globalThis.gc();
    await wait(20);
  } while (!isDone(hindsight.stats()) && performance.now() < end);
}

const answers = {
  /** `mix`: as for `kindOf`; `options`: the options of the scopes. */
  async open({ lib, framework, file, mix, options }) {
    hindsight = require(join(lib, 'logging.js'));
    const { FileHandler, JsonFormatter, getLogger } = hindsight;
    log = countingLogger(getLogger('soak'));
    const target = new FileHandler(file, { formatter: new JsonFormatter() });
    const force = ({ headers }) => headers['x-debug'] === '1';
    const init = { lib, target, options: { ...options, force }, routes: soakRoutes(log, hindsight, mix) };
    app = await listen(framework, init);
    return { port: app.server.address().port };
  },
  begin() {
    samples = [];
    sampling = true;
    lag.reset();
    lag.enable();
    return {};
  },
  /** Called after a part of the load. Returns the memory during the load, and the heap when all scopes are settled. */
  async rest({ live = 0, timeoutMs }) {
    sampling = false;
    lag.disable();
    const [p50, p99] = [50, 99].map((share) => lag.percentile(share) / 1e6);
    const during = { rss: samples, lag: { p50, p99, max: lag.max / 1e6 } };
    await settle(({ scopes, records }) => scopes.live <= live && records.held === 0, timeoutMs);
    return { ...during, heap: process.memoryUsage().heapUsed };
  },
  async close() {
    app.server.closeAllConnections();
    await app.close();
    await hindsight.shutdown();
    return { ...hindsight.stats(), logged: log.logged, rejections };
  },
  end: () => process.exit(0),
};

async function answer({ step, ...init }) {
  try {
    process.send({ result: await answers[step](init) });
  } catch (error) {
    process.send({ error: error.stack });
  }
}

process.on('message', (message) => void answer(message));
process.on('disconnect', () => process.exit(0));
