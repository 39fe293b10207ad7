/** One server process and one client process: warms up, measures a fixed number of requests, stops both. */
import { nextMessage, startChild } from './run-child.mjs';
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

/** Server CPU µs a request until its last line is complete, and the client's latencies in ms. */
export async function serveOnce(job) {
  const profile =
    process.env.BENCH_CPU_PROF === undefined
      ? []
      : ['--cpu-prof', '--cpu-prof-dir', process.env.BENCH_CPU_PROF];
  const server = startChild('../servers/main.mjs', { file: job.file, execArgv: ['--expose-gc', ...profile] });
  const client = startChild('./load-client.mjs');
  try {
    const { port } = await ask(server, { step: 'open', job });
    const target = { port, connections: job.connections, failing: job.failing };
    await drive(client, target, { from: 0, count: job.warmRequests });
    await ask(server, { step: 'start' });
    const { p50, p99 } = await drive(client, target, { from: job.warmRequests, count: job.requests });
    const { cpu, rss } = await ask(server, { step: 'stop' });
    return { value: (cpu * 1000) / job.requests, p50, p99, rss };
  } finally {
    server.send({ step: 'end' });
    client.send({ end: true });
    await Promise.all([server, client].map(ended));
  }
}

function ended(child) {
  return new Promise((resolve) =>
    child.exitCode === null && child.signalCode === null ? child.once('exit', resolve) : resolve(),
  );
}
