/** CPU time of the calling thread alone, which Node 20 does not tell; Linux does. */
import { readFileSync, readlinkSync } from 'node:fs';

/** Read once: `/proc/thread-self` names the thread that reads it. */
function ownFile() {
  try {
    return `/proc/${readlinkSync('/proc/thread-self')}/schedstat`;
  } catch {
    // Not on Linux.
    return undefined;
  }
}

const FILE = ownFile();

/** In ms since the thread began; NaN where the system does not say. */
export function threadCpuMs() {
  if (process.threadCpuUsage !== undefined) {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  }
  return FILE === undefined ? Number.NaN : Number(readFileSync(FILE, 'utf8').split(' ')[0]) / 1e6;
}
