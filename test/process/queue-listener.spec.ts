/** What reaches the handlers behind a queue in memory, however the process ends. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runChild } from '../support/child';
import { tempDir } from '../support/temp-dir';

const RECORDS = 20_000;

/** Arguments: the file. */
const SETUP = `
  const { FileHandler, InMemoryQueue, Manager, QueueHandler, QueueListener, shutdown } = lib('logging');
  const queue = new InMemoryQueue();
  const log = new Manager().getLogger('app');
  log.setLevel('DEBUG');
  log.addHandler(new QueueHandler(queue));
  new QueueListener(queue, [new FileHandler(process.argv[1], { buffer: {} })]).start();
  for (let i = 0; i < ${RECORDS}; i++) log.info('record %d', i);
`;

describe('a QueueListener on a queue in memory', { timeout: 60_000 }, () => {
  it.each([
    ['having nothing left to do', '', 0],
    ['process.exit()', 'process.exit(3);', 3],
    ['process.exit() in the middle of the handling', 'setTimeout(() => process.exit(3), 5);', 3],
    ['an uncaught exception', `throw new Error('crash');`, 1],
    ['shutdown()', 'shutdown().then(() => process.exit(4));', 4],
  ])('has handled every record, once and in order, when the process ends by %s', async (_how, end, code) => {
    const file = join(tempDir(), 'app.log');

    const result = await runChild(SETUP + end, { args: [file] });

    expect(result.code).toBe(code);
    const expected = Array.from({ length: RECORDS }, (_, i) => `record ${i}`);
    expect(readFileSync(file, 'utf8').split('\n').slice(0, -1)).toEqual(expected);
  });
});
