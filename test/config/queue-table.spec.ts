import { describe, expect, it } from 'vitest';
import { QUEUE_ROWS } from '../../lib/config/queue-table';

describe('QUEUE_ROWS', () => {
  it("takes Python's queues for the one in memory, with their maxsize", () => {
    const sizes = [{ maxsize: 5 }, { maxsize: 0 }, { maxSize: 7 }, {}].map(
      (settings) => QUEUE_ROWS.get('queue.Queue')?.create(settings) as { maxSize?: number } | undefined,
    );

    expect(sizes.map((queue) => queue?.maxSize)).toEqual([5, 100_000, 7, 100_000]);
  });

  it('loads no code that data names', () => {
    const options = [...QUEUE_ROWS.values()].flatMap((row) => row.options);

    expect(options.filter((name) => ['module', 'entry'].includes(name))).toEqual([]);
  });
});
