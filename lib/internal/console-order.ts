/** Has what is held back for stdout and stderr written before a line of `console`, where Node tells of that. */
import { subscribe } from 'node:diagnostics_channel';
import { processSlot } from './process-slot';
import { writeWaiting } from './stdio';

/** Node 24 tells of a line before it writes it, Node 20 does not; and none tells of `process.stdout.write`. */
const METHODS = { 1: ['log', 'info', 'debug'], 2: ['warn', 'error'] } as const;

/** From now on, in the whole process. */
export function keepConsoleOrder(): void {
  processSlot('console-order', () => {
    for (const fd of [1, 2] as const)
      for (const method of METHODS[fd]) subscribe(`console.${method}`, () => writeWaiting(fd));
    return {};
  });
}
