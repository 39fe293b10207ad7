/** One server process and one client in JavaScript: warms up, measures, stops both. */
import { pin, SERVER_CPU } from './pin.mjs';
import { nextMessage, startChild } from './run-child.mjs';
import { countFailing } from '../servers/parcels.mjs';

async function ask(child, message) {
  const answer = nextMessage(child);
  child.send(message);
  return answer;
}

/** The process of one server. */
export class Server {
  #job;
  #child;

  constructor(job) {
    this.#job = job;
  }

  /** Returns its port. */
  async open() {
    const profile =
      process.env.BENCH_CPU_PROF === undefined
        ? []
        : ['--cpu-prof', '--cpu-prof-dir', process.env.BENCH_CPU_PROF];
    const { file, node } = this.#job;
    this.#child = startChild('../servers/main.mjs', { file, node, execArgv: ['--expose-gc', ...profile] });
    const { port } = await this.ask({ step: 'open', job: this.#job });
    pin(SERVER_CPU, this.#child.pid);
    return port;
  }

  ask(message) {
    return ask(this.#child, message);
  }

  async end() {
    if (this.#child === undefined || hasEnded(this.#child)) return;
    this.#child.send({ step: 'end' });
    await ended(this.#child);
  }
}

async function drive(client, { port, connections, failing }, { from, count }) {
  const result = await ask(client, { port, connections, from, count });
  const failed = countFailing({ from, count, failing });
  if ((result.statuses[500] ?? 0) !== failed || (result.statuses[200] ?? 0) !== count - failed) {
    throw new Error(`answers were ${JSON.stringify(result.statuses)}, expected ${failed} × 500 of ${count}`);
  }
  return result;
}

/** Server CPU µs a request until its last line is complete, and the client's latencies in ms, for a number of requests. */
export async function serveOnce(job) {
  const server = new Server(job);
  const client = startChild('./load-client.mjs');
  try {
    const { connections, failing } = job;
    const target = { port: await server.open(), connections, failing };
    await drive(client, target, { from: 0, count: job.warmRequests });
    await server.ask({ step: 'start' });
    const { p50, p99 } = await drive(client, target, { from: job.warmRequests, count: job.requests });
    const { cpu, rss, requests, seen } = await server.ask({ step: 'stop' });
    return { value: (cpu * 1000) / requests, p50, p99, rss, seen };
  } finally {
    client.send({ end: true });
    await ended(client);
    await server.end();
  }
}

function hasEnded(child) {
  return child.exitCode !== null || child.signalCode !== null;
}

function ended(child) {
  return new Promise((resolve) => (hasEnded(child) ? resolve() : child.once('exit', resolve)));
}
