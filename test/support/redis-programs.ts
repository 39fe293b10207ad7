/** Programs for child processes that log to a Redis stream, and that handle the records of the stream. */
import type { Child } from './child';

/**
 * Logs a burst of records every 10 ms, and prints the statistics at the end. Arguments: url, a letter as its name, the number of
 * records, records per burst, options of the queue.
 */
export const PRODUCER = `
const [url, letter, count, burst, options] = process.argv.slice(1);
const { QueueHandler } = lib('handlers');
const { RedisStreamQueue } = lib('queues');
const { Manager } = lib('core/manager');
const queue = new RedisStreamQueue({ url, retryStart: 0.05, retryMax: 0.2, maxQueued: 40_000, flushTimeout: 30, ...JSON.parse(options) });
const { root } = new Manager();
root.addHandler(new QueueHandler(queue));
root.setLevel('DEBUG');
let i = 0;
const timer = setInterval(async () => {
  for (let n = 0; n < Number(burst) && i < Number(count); n++) root.info('%s%d', letter, i++);
  if (i < Number(count)) return;
  clearInterval(timer);
  await queue.close();
  const { sent, dropped } = queue.stats();
  console.log(JSON.stringify({ sent, dropped, memory: process.resourceUsage().maxRSS }));
}, 10);`;

/** Writes the records of the stream to a file until SIGTERM. Arguments: url, its name, the file, options of the queue. */
export const CONSUMER = `
const [url, consumer, file, options] = process.argv.slice(1);
const { FileHandler, QueueListener } = lib('handlers');
const { RedisStreamQueue } = lib('queues');
const handler = new FileHandler(file);
const queue = new RedisStreamQueue({ url, consumer, batchSize: 200, ...JSON.parse(options) });
const listener = new QueueListener(queue, [handler]).start();
process.once('SIGTERM', async () => {
  await listener.stop();
  await queue.close();
  await handler.close();
  console.log(JSON.stringify({ ...queue.stats(), memory: process.resourceUsage().maxRSS }));
});`;

/** The result that such a program prints at its end. */
export async function resultOf(child: Child): Promise<Readonly<Record<string, unknown>>> {
  const { code, stdout, stderr } = await child.ended();
  if (code !== 0) throw new Error(`it ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
}
