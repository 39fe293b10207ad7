/** The queue of docs/writing-a-queue.md, as it stands there, between processes and over a real Redis. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { startRedis } from '../peers/redis-server';
import { startChild, type Child } from '../support/child';
import { haveCommands } from '../support/real-means';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';
import { blocksIn } from './code-blocks';

const RECORDS = 500;

/** The page's first block as CommonJS, with the package found among the compiled sources. */
function example(): string {
  const [block] = blocksIn('docs/writing-a-queue.md');
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS };
  const { outputText } = ts.transpileModule(block?.code ?? '', { compilerOptions });
  return outputText.replace('require("nestjs-hindsight/logging")', "lib('logging')");
}

const PRODUCER = `
const { getLogger, QueueHandler, shutdown } = lib('logging');
const queue = new RedisListQueue('logs', 'logs:taken:none');
const logger = getLogger('shop');
logger.setLevel('DEBUG');
logger.addHandler(new QueueHandler(queue));
for (let i = 0; i < ${RECORDS}; i++) logger.info('order %d', i);
void shutdown().then(() => queue.close());`;

const CONSUMER = `
const { FileHandler, QueueListener } = lib('logging');
const handler = new FileHandler(process.argv[1]);
const queue = new RedisListQueue('logs', 'logs:taken:1');
const listener = new QueueListener(queue, [handler]).start();
process.once('SIGTERM', async () => {
  await listener.stop();
  await queue.close();
});`;

describe.runIf(haveCommands('redis-server'))('the queue of docs/writing-a-queue.md', () => {
  it('has at most forty lines of code', () => {
    const [block] = blocksIn('docs/writing-a-queue.md');
    const body = block?.code.slice(block.code.indexOf('export class')).split('\n') ?? [];

    expect(body.filter((line) => line.trim() !== '' && !/^\s*\/\*\*/.test(line)).length).toBeLessThanOrEqual(
      40,
    );
  });

  it('loses nothing when its consumer is killed', async () => {
    const server = await startRedis();
    const file = join(tempDir(), 'all.log');
    const run = (program: string, ...args: readonly string[]): Promise<Child> =>
      startChild(`${example()}\n${program}`, {
        args,
        env: { REDIS_URL: server.url },
      });
    const handled = (): string[] =>
      existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
    const first = await run(CONSUMER, file);
    const producer = await run(PRODUCER);
    await until(() => handled().length > RECORDS / 10, { timeoutMs: 20_000 });
    first.kill('SIGKILL');
    const second = await run(CONSUMER, file);
    await until(() => new Set(handled()).size === RECORDS, { timeoutMs: 20_000 });
    second.kill('SIGTERM');

    expect(await producer.ended()).toMatchObject({ code: 0, stderr: '' });
    expect(await second.ended()).toMatchObject({ code: 0, stderr: '' });
    // At most the one that the first consumer had handled and not acknowledged comes twice.
    expect(handled().length - RECORDS).toBeLessThanOrEqual(1);
    const client = await server.client();
    expect([await client.lLen('logs'), await client.lLen('logs:taken:1')]).toEqual([0, 0]);
  }, 60_000);
});
