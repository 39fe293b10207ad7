/** The name of this process among those of its service. */
import type { Cluster } from 'node:cluster';

/**
 * Node takes NODE_UNIQUE_ID out of the environment of a worker before the program runs, so `cluster` has to say, which
 * only a process with a parent loads.
 */
function processName(): string {
  if (process.channel === undefined) return 'MainProcess';
  const { worker } = process.getBuiltinModule('node:cluster') as unknown as Cluster;
  return worker === undefined ? 'MainProcess' : `Worker-${worker.id}`;
}

/** A cluster worker's number tells the processes of one service apart; Python names its main one so. */
export const PROCESS_NAME = processName();
