/** Sends load with `wrk`, if it is installed. A client in JavaScript is slower than most of the servers and distorts the figures. */
import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CLIENT_CPU, pinned } from './pin.mjs';

const run = promisify(execFile);
const script = fileURLToPath(new URL('./parcels.lua', import.meta.url));

/** `wrk -v` prints its version and exits with 1. */
export const hasWrk = spawnSync('wrk', ['-v']).error === undefined;

const UNITS = { us: 1e-3, ms: 1, s: 1000 };

/** Converts a time of wrk, such as `1.52ms`, to ms. */
function milliseconds(text) {
  const [, number, unit] = /^([\d.]+)(us|ms|s)$/.exec(text);
  return Number(number) * UNITS[unit];
}

/** Sends requests with ids from `from` on for some seconds, on 64 or more connections of one thread. Returns the latencies in ms. */
export async function driveWithWrk({ port, connections }, { from, seconds }) {
  const args = [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--latency',
    '-s',
    script,
    `http://127.0.0.1:${port}`,
  ];
  const { stdout } = await run(...pinned(CLIENT_CPU, 'wrk', [...args, '--', String(from)]));
  // At the beginning of a line: other figures end with a percentage, too.
  const at = (share) => milliseconds(new RegExp(`^ +${share}% +(\\S+)`, 'm').exec(stdout)[1]);
  return { p50: at(50), p99: at(99) };
}
