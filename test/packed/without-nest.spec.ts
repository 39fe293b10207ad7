import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Consumer } from './consumer';

describe('the package without a framework', () => {
  let consumer: Consumer;
  beforeAll(async () => {
    consumer = await Consumer.install();
  });
  afterAll(() => consumer.remove());

  it('installs no other package', () => {
    expect(consumer.installed()).toEqual(['nestjs-hindsight']);
  });

  it.for(['logging', 'express', 'testing'])('gives require and import one copy of /%s', async (entry) => {
    const program = `
      import { createRequire } from 'node:module';
      import * as imported from 'nestjs-hindsight/${entry}';
      const required = createRequire(import.meta.url)('nestjs-hindsight/${entry}');
      const names = Object.keys(required);
      console.log(JSON.stringify({
        named: names.length,
        notTheSame: names.filter((name) => imported[name] !== required[name]),
      }));`;
    const { named, notTheSame } = JSON.parse(await consumer.run(`${entry}.mjs`, program)) as {
      named: number;
      notTheSame: string[];
    };
    expect(named).toBeGreaterThan(0);
    expect(notTheSame).toEqual([]);
  });

  it('has named imports', async () => {
    const program = `
      import { getLogger, INFO } from 'nestjs-hindsight/logging';
      import { errorLogs, requestLogs } from 'nestjs-hindsight/express';
      import { CollectingHandler } from 'nestjs-hindsight/testing';
      const handler = new CollectingHandler();
      const logger = getLogger('shop');
      logger.setLevel(INFO);
      logger.addHandler(handler);
      logger.info('open %s', 'today');
      console.log(handler.messages.join(), typeof requestLogs, typeof errorLogs);`;
    expect(await consumer.run('named.mjs', program)).toBe('open today function function');
  });

  it('loads no other package, except by the Nest entry', async () => {
    const program = `
      require('nestjs-hindsight/logging');
      require('nestjs-hindsight/express');
      require('nestjs-hindsight/testing');
      const foreign = Object.keys(require.cache).filter((file) => !/node_modules.nestjs-hindsight|foreign.cjs$/.test(file));
      console.log(JSON.stringify(foreign));`;
    expect(await consumer.run('foreign.cjs', program)).toBe('[]');
  });

  it('runs handlers in a worker thread', async () => {
    const program = `
      import { readFileSync } from 'node:fs';
      import { getLogger, QueueHandler, WorkerQueue } from 'nestjs-hindsight/logging';
      const queue = new WorkerQueue({ handlers: { file: { class: 'FileHandler', filename: 'worker.log' } } });
      const logger = getLogger('worker');
      logger.setLevel('INFO');
      logger.addHandler(new QueueHandler(queue));
      for (let i = 0; i < 1000; i++) logger.info('%d', i);
      process.on('exit', () => console.log(readFileSync('worker.log', 'utf8').split('\\n').length - 1));`;
    expect(await consumer.run('worker.mjs', program)).toBe('1000');
  });

  it('has a command that can be run by its name and reports a missing peer', async () => {
    const config = {
      version: 1,
      handlers: { file: { class: 'FileHandler', filename: 'all.log' } },
      queue: {},
    };
    consumer.write('logging.json', JSON.stringify(config));
    const program = `
      const { spawnSync } = require('node:child_process');
      const run = (...args) => spawnSync('node_modules/.bin/nestjs-hindsight', args, { encoding: 'utf8' });
      const { status, stderr } = run('listen', '--config', 'logging.json');
      console.log(run('--help').stdout.split('\\n')[0], '|', status, stderr);`;
    expect(await consumer.run('program.cjs', program)).toBe(
      'nestjs-hindsight listen --config FILE [--once] [--quiet] | 2 nestjs-hindsight: listen: the package "redis" is not installed; run `npm install redis`.',
    );
  });

  it('exports its package.json, but no internal files', async () => {
    const program = `
      const { version } = require('nestjs-hindsight/package.json');
      try { require('nestjs-hindsight/dist/core/logger.js'); } catch (error) { console.log(version, error.code); }`;
    expect(await consumer.run('inner.cjs', program)).toMatch(
      /^\d+\.\d+\.\d+\S* ERR_PACKAGE_PATH_NOT_EXPORTED$/,
    );
  });
});
