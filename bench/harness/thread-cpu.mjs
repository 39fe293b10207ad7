/** CPU time of the calling thread only. Node 20 has no function for it, so it is read from Linux. */
import { readFileSync, readlinkSync } from 'node:fs';

/** Opened once: `/proc/thread-self` is the thread that opens it. */
function ownFile() {
  try {
    return `/proc/${readlinkSync('/proc/thread-self')}/schedstat`;
  } catch {
    // Not on Linux.
    return undefined;
  }
}

const FILE = ownFile();

/** In ms since the thread began; NaN on other systems. */
export function threadCpuMs() {
  if (process.threadCpuUsage !== undefined) {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  }
  return FILE === undefined ? Number.NaN : Number(readFileSync(FILE, 'utf8').split(' ')[0]) / 1e6;
}
