/** The service's process: serves, samples its own memory and event loop, and says what it counted. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { countingLogger, soakRoutes } from './route.mjs';
import { listen } from './wings.mjs';

const require = createRequire(import.meta.url);

/** How often the resident memory is looked at, in ms. */
const SAMPLE_MS = 100;

let wing;
let log;
let hindsight;
let samples = [];
let sampling = false;
let rejections = 0;
const lag = monitorEventLoopDelay({ resolution: 1 });

/** A service that goes on after a rejection nobody handled, as many do. */
process.on('unhandledRejection', () => rejections++);
setInterval(() => sampling && samples.push(process.memoryUsage.rss()), SAMPLE_MS).unref();

/** Collects garbage, and with it what was leaked, until `isDone` or the time is up. */
async function settle(isDone, timeoutMs) {
  const end = performance.now() + timeoutMs;
  do {
    globalThis.gc();
    await wait(20);
  } while (!isDone(hindsight.stats()) && performance.now() < end);
}

const answers = {
  /** `mix` as for `kindOf`; `options` those of the scopes. */
  async open({ lib, framework, file, mix, options }) {
    hindsight = require(join(lib, 'logging.js'));
    const { FileHandler, JsonFormatter, getLogger } = hindsight;
    log = countingLogger(getLogger('soak'));
    const target = new FileHandler(file, { formatter: new JsonFormatter() });
    const force = ({ headers }) => headers['x-debug'] === '1';
    const init = { lib, target, options: { ...options, force }, routes: soakRoutes(log, hindsight, mix) };
    wing = await listen(framework, init);
    return { port: wing.server.address().port };
  },
  begin() {
    samples = [];
    sampling = true;
    lag.reset();
    lag.enable();
    return {};
  },
  /** The load is over for now: the memory during it, and the heap once everything is settled. */
  async rest({ live = 0, timeoutMs }) {
    sampling = false;
    lag.disable();
    const [p50, p99] = [50, 99].map((share) => lag.percentile(share) / 1e6);
    const during = { rss: samples, lag: { p50, p99, max: lag.max / 1e6 } };
    await settle(({ scopes, records }) => scopes.live <= live && records.held === 0, timeoutMs);
    return { ...during, heap: process.memoryUsage().heapUsed };
  },
  async close() {
    wing.server.closeAllConnections();
    await wing.close();
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
