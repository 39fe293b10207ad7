import { Controller, Get, Param } from '@nestjs/common';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { InjectLogger, QueueHandler, RedisStreamQueue, type Logger } from '../../../lib';
import { startRedis } from '../../peers/redis-server';
import { startProgram } from '../../support/cli-program';
import { startNestApp } from '../../support/nest-app';
import { haveCommands } from '../../support/real-means';
import { tempDir } from '../../support/temp-dir';

const STEPS = 20;

@Controller('orders')
class OrdersController {
  constructor(@InjectLogger('orders') private readonly logger: Logger) {}

  @Get(':id')
  async pack(@Param('id') id: string): Promise<string> {
    for (let step = 0; step < STEPS; step++) {
      this.logger.debug('order %s step %d', id, step, { step });
      await Promise.resolve();
    }
    if (id === '13') throw new Error('out of stock', { cause: new Error('shelf 7 is empty') });
    return 'packed';
  }
}

interface Line {
  readonly message: string;
  readonly level: string;
  readonly seq?: number;
  readonly step?: number;
  readonly hindsight?: { readonly scope: string };
  readonly error?: { readonly message: string; readonly cause?: { readonly message: string } };
}

describe.runIf(haveCommands('redis-server'))(
  'A request that fails in Nest, with Redis behind it',
  { timeout: 60_000 },
  () => {
    it('is written by another process with all its DEBUG records, in order', async () => {
      const server = await startRedis();
      const queue = new RedisStreamQueue({ url: server.url });
      onTestFinished(() => queue.close());
      const nest = await startNestApp({
        controllers: [OrdersController],
        logging: { handlers: { redis: new QueueHandler(queue) } },
      });
      await Promise.all(['1', '13', '2', '13', '3'].map((id) => nest.get(`/orders/${id}`)));
      await queue.flush();

      const directory = tempDir();
      const [config, log] = [join(directory, 'logging.json'), join(directory, 'all.log')];
      const handlers = { file: { class: 'FileHandler', filename: log, formatter: 'json' } };
      const data = { version: 1, handlers, root: { handlers: ['file'] }, queue: { url: server.url } };
      writeFileSync(config, JSON.stringify(data));
      const { code, stderr } = await (await startProgram('listen', '--config', config, '--once')).ended();

      expect([code, stderr]).toEqual([0, expect.stringContaining('records handled')]);
      const lines = readFileSync(log, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Line);
      const scopes = [...new Set(lines.flatMap(({ hindsight }) => hindsight?.scope ?? []))];
      expect(scopes).toHaveLength(2);
      for (const scope of scopes) {
        const dump = lines.filter(({ hindsight }) => hindsight?.scope === scope);
        const steps = dump.filter(({ level }) => level === 'DEBUG');
        expect(steps.map(({ message }) => message)).toEqual(
          Array.from({ length: STEPS }, (_, step) => `order 13 step ${step}`),
        );
        expect(dump.map(({ seq }) => seq)).toEqual(
          dump.map(({ seq }) => seq).toSorted((a = 0, b = 0) => a - b),
        );
      }
      expect(lines.filter(({ error }) => error?.cause?.message === 'shelf 7 is empty')).toHaveLength(2);
      expect(lines.filter(({ message }) => /order [123] step/.test(message))).toEqual([]);
    });
  },
);
