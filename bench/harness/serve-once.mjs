/** One server process and one client: warms up, measures, stops both. */
import { nextMessage, startChild } from './run-child.mjs';
import { driveWithWrk, hasWrk } from './wrk.mjs';
import { countFailing } from '../servers/parcels.mjs';

async function ask(child, message) {
  const answer = nextMessage(child);
  child.send(message);
  return answer;
}

async function drive(client, { port, connections, failing }, { from, count }) {
  const result = await ask(client, { port, connections, from, count });
  const failed = countFailing({ from, count, failing });
  if ((result.statuses[500] ?? 0) !== failed || (result.statuses[200] ?? 0) !== count - failed) {
    throw new Error(`answers were ${JSON.stringify(result.statuses)}, expected ${failed} × 500 of ${count}`);
  }
  return result;
}

/** Sends a number of requests with the client in JavaScript. */
async function byCount(server, job, port) {
  const client = startChild('./load-client.mjs');
  const target = { port, connections: job.connections, failing: job.failing };
  try {
    await drive(client, target, { from: 0, count: job.warmRequests });
    await ask(server, { step: 'start' });
    return await drive(client, target, { from: job.warmRequests, count: job.requests });
  } finally {
    client.send({ end: true });
    await ended(client);
  }
}

/** Sends requests with wrk for some seconds. */
async function byTime(server, job, port) {
  const target = { port, connections: job.connections };
  await driveWithWrk(target, { from: 0, seconds: job.warmSeconds });
  await ask(server, { step: 'start' });
  return driveWithWrk(target, { from: 1_000_000, seconds: job.loadSeconds });
}

/**
 * Measures the CPU time of the server per request in µs, until its last line is complete, and the client's latencies in ms. A
 * job with `loadSeconds` uses wrk if it is installed.
 */
export async function serveOnce(job) {
  const profile =
    process.env.BENCH_CPU_PROF === undefined
      ? []
      : ['--cpu-prof', '--cpu-prof-dir', process.env.BENCH_CPU_PROF];
  const { file, node } = job;
  const server = startChild('../servers/main.mjs', { file, node, execArgv: ['--expose-gc', ...profile] });
  try {
    const { port } = await ask(server, { step: 'open', job });
    const load = job.loadSeconds !== undefined && hasWrk ? byTime : byCount;
    const { p50, p99 } = await load(server, job, port);
    const { cpu, rss, requests, seen } = await ask(server, { step: 'stop' });
    return { value: (cpu * 1000) / requests, p50, p99, rss, seen };
  } finally {
    server.send({ step: 'end' });
    await ended(server);
  }
}

function ended(child) {
  return new Promise((resolve) =>
    child.exitCode === null && child.signalCode === null ? child.once('exit', resolve) : resolve(),
  );
}
