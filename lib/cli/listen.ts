/** The command `listen`: a process that takes records out of Redis and hands them to configured handlers. */
import { presentHandlers } from '../config/configured-handlers';
import { dictConfig } from '../config/dict-config';
import { defaultManager } from '../core/manager';
import { shutdown } from '../core/shutdown';
import { ConfigurationError } from '../errors';
import { assertPeer } from '../internal/optional-peer';
import { RedisStreamQueue } from '../queues';
import type { ListenCommand } from './arguments';
import { EndingQueue } from './ending.queue';
import { readListenConfig } from './listen-config';
import { Progress } from './progress';
import { TreeListener } from './tree-listener';
import { UsageError } from './usage.error';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Resolves at the first signal; a second one ends the process as if nobody listened to it. */
function untilSignalled(): Promise<undefined> {
  return new Promise((resolve) => {
    const onSignal = (): void => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
      resolve(undefined);
    };
    for (const signal of SIGNALS) process.on(signal, onSignal);
  });
}

/** What it throws is told in the words of the option. */
function setUp({ config, once }: ListenCommand): RedisStreamQueue {
  const { logging, queue: options } = readListenConfig(config, process.env);
  try {
    assertPeer('redis', 'listen');
    const queue = new RedisStreamQueue({ ...options, untilEmpty: once });
    dictConfig(logging);
    return queue;
  } catch (error) {
    if (error instanceof ConfigurationError) throw new UsageError(error.message);
    throw error;
  }
}

/** Returns the exit code when the queue is drained, or the process is told to end. */
export async function listen(command: ListenCommand): Promise<number> {
  const queue = setUp(command);
  const handlers = [...presentHandlers(defaultManager)];
  if (handlers.length === 0) throw new UsageError(`${command.config} configures no handler.`);
  const ending = new EndingQueue(queue);
  const signalled = untilSignalled();
  const title = `listening to the stream "${queue.stream}" as "${queue.consumer}" of the group "${queue.group}"`;
  const progress = command.quiet ? undefined : new Progress(process.stderr, title, () => queue.stats());
  const listener = new TreeListener(ending, handlers, defaultManager).start();
  const error = await Promise.race([ending.ended, signalled]);
  await listener.stop();
  await queue.close();
  await shutdown();
  progress?.end();
  if (error !== undefined) throw error;
  return 0;
}
