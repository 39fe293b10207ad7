import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../lib/errors';
import { ListenerRun, type ListenerRunOptions } from '../../../lib/handlers/queue-listener/listener-run';
import { InMemoryQueue, type Delivery, type LogQueue } from '../../../lib/queues';
import { capturedStderr } from '../../support/captured-stderr';
import { some } from '../../support/some';
import { until } from '../../support/until';

/** Answers each `dequeue` with the next of the given steps, and then waits for the end. */
function scripted(steps: readonly (() => readonly Delivery[] | undefined)[]): LogQueue & { asked: number } {
  return {
    asked: 0,
    size: 0,
    enqueue: () => undefined,
    close: () => undefined,
    async dequeue(signal) {
      const step = steps[this.asked++];
      if (step !== undefined) return step();
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      return [];
    },
  };
}

let listeners = 0;

function options(seen: string[]): ListenerRunOptions {
  return {
    // Each of its own: failures of one source are told once in a while.
    owner: `listener of a test ${++listeners}`,
    turnMs: 2,
    deliver: ({ record }) => {
      seen.push(record.getMessage());
      return undefined;
    },
  };
}

const one = (message: string, ack?: () => Promise<void>): Delivery => ({
  record: some.record({ message }),
  ...(ack === undefined ? {} : { ack }),
});

describe('ListenerRun', () => {
  it('reads again, after a pause, when the queue fails or has nothing', async () => {
    const stderr = capturedStderr();
    const seen: string[] = [];
    const queue = scripted([
      () => {
        throw new Error('broker is away');
      },
      () => [],
      () => [one('a')],
    ]);
    const run = new ListenerRun(queue, options(seen));
    const ended = run.consume();

    await until(() => seen.length === 1);
    run.end();
    await ended;

    expect(seen).toEqual(['a']);
    expect(stderr.text).toContain('the queue gave no records: Error: broker is away');
  });

  it('ends when the queue refuses a listener', async () => {
    const stderr = capturedStderr();
    const queue = scripted([
      () => {
        throw new ConfigurationError('no listener here');
      },
    ]);

    await new ListenerRun(queue, options([])).consume();

    expect(queue.asked).toBe(1);
    expect(stderr.text).toContain('no listener here');
  });

  it('waits for the acknowledgements of a batch before it reads the next', async () => {
    const seen: string[] = [];
    let acknowledge = (): void => undefined;
    const acked = new Promise<void>((resolve) => (acknowledge = resolve));
    const queue = scripted([() => [one('a', () => acked)], () => undefined]);
    const ended = new ListenerRun(queue, options(seen)).consume();

    await until(() => seen.length === 1);
    expect(queue.asked).toBe(1);
    acknowledge();
    await ended;

    expect(queue.asked).toBe(2);
  });

  it('reports an acknowledgement that fails, and continues', async () => {
    const stderr = capturedStderr();
    const seen: string[] = [];
    const fails = (): Promise<void> => Promise.reject(new Error('connection lost'));
    const throws = (): Promise<void> => {
      throw new Error('connection lost');
    };
    const queue = scripted([() => [one('a', fails), one('b', throws), one('c')], () => undefined]);

    await new ListenerRun(queue, options(seen)).consume();

    expect(seen).toEqual(['a', 'b', 'c']);
    expect(stderr.text).toContain('the queue did not accept an acknowledgement: Error: connection lost');
  });

  it('ends a pause at once when it is stopped', async () => {
    capturedStderr();
    const queue = scripted(
      Array.from({ length: 50 }, () => () => {
        throw new Error('away');
      }),
    );
    const run = new ListenerRun(queue, options([]));
    const ended = run.consume();
    await until(() => queue.asked === 2);

    const before = performance.now();
    run.end();
    await ended;

    expect(performance.now() - before).toBeLessThan(200);
  });

  it('handles the waiting records at the end of the process, and no more', () => {
    const queue = new InMemoryQueue();
    const seen: string[] = [];
    const run = new ListenerRun(queue, {
      ...options(seen),
      deliver: ({ record }) => {
        seen.push(record.getMessage());
        queue.enqueue(some.record({ message: 'echo' }));
        return undefined;
      },
    });
    queue.enqueue(some.record({ message: 'a' }));
    queue.enqueue(some.record({ message: 'b' }));

    run.drainSync();

    expect(seen).toEqual(['a', 'b']);
  });
});
