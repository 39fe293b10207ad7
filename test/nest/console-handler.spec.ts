import { describe, expect, it, onTestFinished } from 'vitest';
import { StreamHandler } from '../../lib/logging';
import { consoleData, consoleHandler } from '../../lib/nest/console-handler';
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

  it.each([
    ['at once on a terminal', true, { formatter: 'pretty' }],
    ['turn by turn elsewhere', undefined, { formatter: 'json', buffer: 'turn' }],
  ])('writes %s', (_how, isTTY, form) => {
    const { stdout } = process;
    const had = Object.getOwnPropertyDescriptor(stdout, 'isTTY');
    Object.defineProperty(stdout, 'isTTY', { value: isTTY, configurable: true });
    onTestFinished(() => {
      Reflect.deleteProperty(stdout, 'isTTY');
      if (had !== undefined) Object.defineProperty(stdout, 'isTTY', had);
    });

    expect(consoleData()).toEqual({ class: 'StreamHandler', stream: 'stdout', ...form });
  });
});

describe('an application without handlers of its own', () => {
  const PROGRAM = `
    require('reflect-metadata');
    const { NestFactory } = require('@nestjs/core');
    const { LoggingModule } = lib('nest/logging.module');
    const { getLogger } = lib('logging');
    class AppModule {}
    const create = (providers = []) =>
      NestFactory.createApplicationContext({ module: AppModule, imports: [LoggingModule.forRoot()], providers });
    const log = getLogger('shop');
  `;

  function messagesIn(text: string): unknown[] {
    // The first lines are Nest's own.
    const lines = text.split('\n').filter((line) => line.startsWith('{'));
    return lines.map((line) => (JSON.parse(line) as { readonly message: unknown }).message);
  }

  it.each([
    ['process.exit()', 'process.exit(3);', 3],
    ['an uncaught exception', `setTimeout(() => { log.info('last words'); throw new Error('crash'); });`, 1],
    ['close()', 'await app.close();', 0],
    [
      'SIGTERM',
      `app.enableShutdownHooks(); setInterval(() => {}, 1000); process.kill(process.pid, 'SIGTERM');`,
      null,
    ],
  ])('has written every line after %s', async (_how, end, code) => {
    const result = await runChild(`${PROGRAM}
      create().then(async (app) => {
        log.info('last words');
        ${end}
      });`);

    expect(result.code).toBe(code);
    expect(messagesIn(result.stdout).at(-1)).toBe('last words');
  });

  it('has written every line of a start that fails', async () => {
    const { code, stdout } = await runChild(`${PROGRAM}
      const { setTimeout } = require('node:timers/promises');
      const useFactory = async () => {
        await setTimeout(10);
        log.info('connecting');
        throw new Error('no database');
      };
      void create([{ provide: 'failing', useFactory }]);`);

    expect(code).toBe(1);
    expect(messagesIn(stdout).slice(-2)).toEqual(['connecting', 'no database']);
  });

  it('writes the lines of a turn of the event loop together', async () => {
    const { stderr } = await runChild(`${PROGRAM}
      const fs = require('node:fs');
      create().then(() => setTimeout(() => {
        const { writeSync } = fs;
        let writes = 0;
        fs.writeSync = (...args) => { writes++; return writeSync(...args); };
        for (let at = 0; at < 10; at++) log.info('line %d', at);
        setImmediate(() => { writeSync(2, String(writes)); process.exit(); });
      }));`);

    expect(stderr).toBe('1');
  });
});
