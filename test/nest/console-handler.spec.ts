import { describe, expect, it } from 'vitest';
import { StreamHandler } from '../../lib/logging';
import { consoleHandler } from '../../lib/nest/console-handler';
import { runChild } from '../support/child';

describe('consoleHandler', () => {
  it('writes to standard output', () => {
    const handler = consoleHandler();

    expect(handler).toBeInstanceOf(StreamHandler);
    expect((handler as StreamHandler).stream).toBe(process.stdout);
  });

  it('writes JSON lines when that is no terminal', async () => {
    const { stdout } = await runChild(`
      const { getLogger } = lib('logging');
      getLogger().addHandler(lib('nest/console-handler').consoleHandler());
      getLogger('shop').error('order %d failed', 13, { total: 7 });
    `);

    expect(JSON.parse(stdout)).toMatchObject({
      level: 'ERROR',
      logger: 'shop',
      message: 'order 13 failed',
      total: 7,
    });
    expect(stdout.endsWith('}\n')).toBe(true);
  });
});
