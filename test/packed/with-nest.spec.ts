import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Consumer, nestPackages, type ConsumerOptions } from './consumer';

/** A service without TypeScript: decorators are called as functions. It sends requests to itself and prints the answers. */
const SERVICE = `
  function decorate(target, key, decorators) {
    const descriptor = Object.getOwnPropertyDescriptor(target, key);
    for (const decorator of decorators) decorator(target, key, descriptor);
    Object.defineProperty(target, key, descriptor);
  }
  class Orders {
    constructor(log) { this.log = log; }
    find(id) {
      this.log.debug('reading order %s', id);
      if (id === '13') throw new Error('no stock');
      if (id === '404') throw new common.NotFoundException();
      return 'ok';
    }
  }
  common.Param('id')(Orders.prototype, 'find', 0);
  decorate(Orders.prototype, 'find', [common.Get(':id'), hindsight.LogIfErrors({ capacity: 10 })]);
  hindsight.InjectLogger()(Orders, undefined, 0);
  common.Controller('orders')(Orders);
  const format = (record) => [record.levelname, record.name, record.getMessage().replace(/ \\d+ ms$/, ''), record.excInfo?.message ?? ''].join(' ').trim();
  class App {}
  common.Module({
    imports: [hindsight.LoggingModule.forRoot({
      handlers: { console: new hindsight.StreamHandler(process.stdout, { formatter: { format } }) },
      loggers: { InstanceLoader: { level: 'ERROR' }, RoutesResolver: { level: 'ERROR' }, RouterExplorer: { level: 'ERROR' } },
    })],
    controllers: [Orders],
  })(App);
  async function main() {
    const app = await core.NestFactory.create(App, { bufferLogs: true });
    await app.listen(0, '127.0.0.1');
    for (const id of [12, 13, 404]) {
      const response = await fetch((await app.getUrl()) + '/orders/' + id);
      await response.text();
      while (hindsight.stats().scopes.live > 0) await new Promise(setImmediate);
      console.log('client', response.status);
    }
    await app.close();
  }
  void main();`;

const IMPORTS = `
  import 'reflect-metadata';
  import * as common from '@nestjs/common';
  import * as core from '@nestjs/core';
  import * as hindsight from 'nestjs-hindsight';`;

const REQUIRES = `
  require('reflect-metadata');
  const common = require('@nestjs/common');
  const core = require('@nestjs/core');
  const hindsight = require('nestjs-hindsight');`;

const DUMP = [
  'INFO NestFactory Starting Nest application...',
  'INFO NestApplication Nest application successfully started',
  'INFO http GET /orders/12 200',
  'client 200',
  expect.stringMatching(/^INFO nestjs-hindsight GET \/orders\/13 after \d+ ms: Error: no stock; 1 held, /),
  'DEBUG Orders reading order 13',
  'ERROR ExceptionsHandler no stock no stock',
  'ERROR http GET /orders/13 500',
  'client 500',
  'WARNING http GET /orders/404 404',
  'client 404',
];

const projects: readonly (ConsumerOptions & { readonly title: string })[] = [
  { title: 'Nest 12 in an ES module project', type: 'module', dependencies: nestPackages(12) },
  { title: 'Nest 11 in a CommonJS project', type: 'commonjs', dependencies: nestPackages(11) },
];

describe.for(projects)('the package under $title', (options) => {
  let consumer: Consumer;
  beforeAll(async () => {
    consumer = await Consumer.install(options);
  });
  afterAll(() => consumer.remove());

  it('gives require and import one copy, and the tree of /logging', async () => {
    const program = `
      import { createRequire } from 'node:module';
      import 'reflect-metadata';
      import * as imported from 'nestjs-hindsight';
      import * as logging from 'nestjs-hindsight/logging';
      const required = createRequire(import.meta.url)('nestjs-hindsight');
      const names = Object.keys(required);
      console.log(JSON.stringify({
        notTheSame: names.filter((name) => imported[name] !== required[name]),
        notRepeated: Object.keys(logging).filter((name) => logging[name] !== imported[name] && name !== 'default' && name !== 'module.exports'),
        named: names.length,
      }));`;
    const found = JSON.parse(await consumer.run('same.mjs', program)) as { named: number };
    expect(found).toEqual({ notTheSame: [], notRepeated: [], named: found.named });
    expect(found.named).toBeGreaterThan(0);
  });

  it('can be loaded by a project of this kind', async () => {
    const program =
      options.type === 'module'
        ? `import { LoggingModule } from 'nestjs-hindsight'; console.log(typeof LoggingModule.forRoot);`
        : `const { LoggingModule } = require('nestjs-hindsight'); console.log(typeof LoggingModule.forRoot);`;
    expect(await consumer.run('index.js', program)).toBe('function');
  });

  it.each([
    [
      '@nestjs/core',
      /LoggingModule: there are two copies of @nestjs\/core: the application has ".*", nestjs-hindsight has ".*";/,
    ],
    [
      '@nestjs/common',
      /LoggingModule: there are two copies of @nestjs\/common: the application has ".*", nestjs-hindsight has ".*";/,
    ],
  ])('says so in one sentence where %s is installed twice', async (name, sentence) => {
    const second = `node_modules/nestjs-hindsight/node_modules/${name}`;
    consumer.duplicate(`node_modules/${name}`, second);
    try {
      const program = (options.type === 'module' ? IMPORTS : REQUIRES) + SERVICE;
      const output = await consumer.outputOf('twice.js', program);

      expect(output.split('\n').filter((line) => sentence.test(line))).toHaveLength(1);
    } finally {
      consumer.delete(second);
    }
  });

  it('serves requests and dumps the failing one only', async () => {
    const program = (options.type === 'module' ? IMPORTS : REQUIRES) + SERVICE;
    expect((await consumer.run('service.js', program)).split('\n')).toEqual(DUMP);
  });
});
