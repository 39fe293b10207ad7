import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRedis } from '../peers/redis-server';
import { haveCommands } from '../support/real-means';
import { Consumer } from './consumer';

interface Project {
  readonly title: string;
  readonly nest: 11 | 12;
  readonly type: 'commonjs' | 'module';
  /** The code with which a program of the project loads a package under a name. */
  readonly load: (name: string, from: string) => string;
}

const projects: readonly Project[] = [
  {
    title: 'Nest 12',
    nest: 12,
    type: 'module',
    load: (name, from) => `import * as ${name} from '${from}';`,
  },
  {
    title: 'Nest 11',
    nest: 11,
    type: 'commonjs',
    load: (name, from) => `const ${name} = require('${from}');`,
  },
];

const PACKAGES = {
  common: '@nestjs/common',
  core: '@nestjs/core',
  schedule: '@nestjs/schedule',
  events: '@nestjs/event-emitter',
  bullmq: '@nestjs/bullmq',
  hindsight: 'nestjs-hindsight',
};

/** Without TypeScript, decorators are called as functions. The package writes all lines to standard output. */
const BEGINNING = `
  const { LogIfErrors, NoLogIfErrors, LoggingModule, StreamHandler, currentScope, getLogger, stats } = hindsight;
  const log = getLogger('work');
  function decorate(type, key, ...decorators) {
    const descriptor = Object.getOwnPropertyDescriptor(type.prototype, key);
    for (const decorator of decorators.toReversed()) decorator(type.prototype, key, descriptor);
    Object.defineProperty(type.prototype, key, descriptor);
  }
  function decorateClass(type, ...decorators) {
    for (const decorator of decorators.toReversed()) decorator(type);
  }
  const format = (record) =>
    [record.levelname, record.name, record.getMessage(), record.excInfo?.message ?? ''].join(' ').trim();
  async function start(providers, imports, controllers = []) {
    class App {}
    common.Module({
      imports: [
        LoggingModule.forRoot({
          handlers: { console: new StreamHandler(process.stdout, { formatter: { format } }) },
          logIfErrors: { dumpRecord: false },
          loggers: { nest: { level: 'ERROR' }, NestApplication: { level: 'ERROR' }, InstanceLoader: { level: 'ERROR' } },
        }),
        ...imports,
      ],
      providers,
      controllers,
    })(App);
    const app = await core.NestFactory.createApplicationContext(App, { logger: ['error', 'warn'] });
    return app;
  }
  async function until(condition) {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
  }
`;

const programOf = ({ load }: Project, text: string): string =>
  [
    load('_metadata', 'reflect-metadata'),
    ...Object.entries(PACKAGES).map(([name, from]) => load(name, from)),
    BEGINNING,
    `async function main() { ${text} }`,
    'void main();',
  ].join('\n');

describe.for(projects)('@LogIfErrors under $title', (project) => {
  let consumer: Consumer;
  beforeAll(async () => {
    consumer = await Consumer.application(project.nest, project.type);
  });
  afterAll(() => consumer.remove());
  const lines = async (file: string, text: string): Promise<string[]> =>
    (await consumer.run(file, programOf(project, text))).split('\n').filter((line) => line !== '');

  it('dumps a failing timer once, and writes nothing for one that succeeds', async () => {
    const printed = await lines(
      'timers.js',
      `
      const ran = { tick: 0, fail: 0, beat: 0, once: 0 };
      class Jobs {
        tick() { ran.tick++; log.debug('tick'); }
        async fail() {
          if (ran.fail++ > 0) return;
          log.debug('before the failure, scope %s', currentScope() !== undefined);
          await null;
          throw new Error('cron failed');
        }
        beat() {
          if (ran.beat++ > 0) return;
          log.debug('beat');
          throw new Error('beat failed');
        }
        once() { ran.once++; log.debug('once'); throw new Error('once failed'); }
      }
      decorate(Jobs, 'tick', LogIfErrors(), schedule.Cron('* * * * * *'));
      decorate(Jobs, 'fail', schedule.Cron('* * * * * *'), LogIfErrors());
      decorate(Jobs, 'beat', LogIfErrors(), schedule.Interval(20));
      decorate(Jobs, 'once', schedule.Timeout(10), LogIfErrors());
      const app = await start([Jobs], [schedule.ScheduleModule.forRoot()]);
      await until(() => Object.values(ran).every((count) => count > 0));
      await until(() => stats().scopes.live === 0 && stats().scopes.dumps === 3);
      await app.close();`,
    );

    expect(printed.filter((line) => line.includes('cron') || line.includes('before'))).toEqual([
      'DEBUG work before the failure, scope true',
      'ERROR call Jobs.fail failed cron failed',
    ]);
    expect(printed.filter((line) => line.includes('beat'))).toEqual([
      'DEBUG work beat',
      'ERROR call Jobs.beat failed beat failed',
    ]);
    expect(printed.filter((line) => line.includes('once'))).toEqual([
      'DEBUG work once',
      'ERROR call Jobs.once failed once failed',
    ]);
    expect(printed).toHaveLength(6);
  });

  it('dumps a failing event listener, whatever happens to its Error', async () => {
    const printed = await lines(
      'events.js',
      `
      class Mails {
        sent(order) { log.debug('mail for %s', order); if (order === '13') throw new Error('no address'); }
        async told(order) { log.debug('telling %s', order); await null; if (order === '13') throw new Error('nobody there'); }
      }
      decorate(Mails, 'sent', LogIfErrors(), events.OnEvent('order'));
      decorate(Mails, 'told', events.OnEvent('order', { suppressErrors: false }), LogIfErrors());
      const app = await start([Mails], [events.EventEmitterModule.forRoot()]);
      await app.init();
      const emitter = app.get(events.EventEmitter2);
      await emitter.emitAsync('order', '12');
      await emitter.emitAsync('order', '13').catch((error) => console.log('caller got', error.message));
      await app.close();`,
    );

    expect(printed).toHaveLength(5);
    expect(printed).toEqual(
      expect.arrayContaining([
        'DEBUG work mail for 13',
        'ERROR call Mails.sent failed no address',
        'DEBUG work telling 13',
        'ERROR call Mails.told failed nobody there',
        'caller got nobody there',
      ]),
    );
  });

  it('wraps every method of a decorated provider, and only the timers and listeners of a controller', async () => {
    const printed = await lines(
      'classes.js',
      `
      class Base {
        inherited() { log.debug('inherited'); throw new Error('inherited failed'); }
      }
      decorate(Base, 'inherited', events.OnEvent('base'));
      class Jobs extends Base {
        listens(_event, _more = 1) { log.debug('listens'); throw new Error('listener failed'); }
        plain(ok) { log.debug('plain'); if (!ok) throw new Error('plain failed'); return currentScope()?.title; }
        own() { return currentScope()?.options.capacity; }
        out() { return currentScope(); }
      }
      decorate(Jobs, 'listens', events.OnEvent('job'));
      decorate(Jobs, 'own', LogIfErrors({ capacity: 7 }));
      decorate(Jobs, 'out', NoLogIfErrors());
      decorateClass(Jobs, common.Injectable(), LogIfErrors({ capacity: 9, keepFirst: 3 }));
      class Shop {
        route() { return currentScope(); }
        listens() { log.debug('shop listens'); throw new Error('shop failed'); }
        helper() { return currentScope(); }
      }
      decorate(Shop, 'route', common.Get());
      decorate(Shop, 'listens', events.OnEvent('shop'));
      decorateClass(Shop, common.Controller('shop'), LogIfErrors());

      const app = await start([Jobs], [events.EventEmitterModule.forRoot()], [Shop]);
      await app.init();
      const jobs = app.get(Jobs);
      console.log('title', jobs.plain(true), jobs.own(), jobs.out());
      console.log('dressed', jobs.listens.name, jobs.listens.length, jobs instanceof Base, Object.hasOwn(Base.prototype, 'inherited'));
      console.log('metadata', JSON.stringify(Reflect.getMetadata('EVENT_LISTENER_METADATA', jobs.listens)));
      console.log('routes', app.get(Shop).route(), app.get(Shop).helper());
      try { jobs.plain(false); } catch {}
      const emitter = app.get(events.EventEmitter2);
      for (const event of ['job', 'base', 'shop']) await emitter.emitAsync(event);
      await app.close();`,
    );

    expect(printed).toEqual([
      'title Jobs.plain 7 undefined',
      'dressed listens 1 true true',
      'metadata [{"event":"job"}]',
      'routes undefined undefined',
      'DEBUG work plain',
      'ERROR call Jobs.plain failed plain failed',
      'DEBUG work listens',
      'ERROR call Jobs.listens failed listener failed',
      'DEBUG work inherited',
      'ERROR call Jobs.inherited failed inherited failed',
      'DEBUG work shop listens',
      'ERROR call Shop.listens failed shop failed',
    ]);
  });

  describe.runIf(haveCommands('redis-server'))('with BullMQ', () => {
    it('dumps each failing attempt, and writes nothing for a job that succeeds', async () => {
      const { port } = await startRedis();
      const printed = await lines(
        'queue.js',
        `
        const ended = [];
        class Orders extends bullmq.WorkerHost {
          async process(job) {
            log.debug('%s, attempt %d', job.name, job.attemptsMade + 1);
            await new Promise((resolve) => setTimeout(resolve, 5));
            if (job.name === 'flaky' && job.attemptsMade === 0) throw new Error('try again');
            if (job.name === 'broken') throw new Error('never');
            return 'done';
          }
          completed(job) { ended.push(job.name); }
          failed(job) { ended.push(job.name); }
        }
        decorate(Orders, 'process', LogIfErrors());
        decorate(Orders, 'completed', bullmq.OnWorkerEvent('completed'));
        decorate(Orders, 'failed', bullmq.OnWorkerEvent('failed'));
        decorateClass(Orders, bullmq.Processor('orders', { concurrency: 3 }));
        class Mails extends bullmq.WorkerHost {
          async process(job) { log.debug('mail %s', job.name); throw new Error('mail failed'); }
          failed(job) { ended.push(job.name); }
        }
        decorate(Mails, 'failed', bullmq.OnWorkerEvent('failed'));
        decorateClass(Mails, bullmq.Processor('mails'), LogIfErrors());
        const app = await start([Orders, Mails], [
          bullmq.BullModule.forRoot({ connection: { host: '127.0.0.1', port: ${port}, maxRetriesPerRequest: null } }),
          bullmq.BullModule.registerQueue({ name: 'orders' }, { name: 'mails' }),
        ]);
        await app.init();
        const orders = app.get(bullmq.getQueueToken('orders'));
        for (const name of ['good', 'flaky', 'broken']) await orders.add(name, {}, { attempts: name === 'flaky' ? 2 : 1 });
        await app.get(bullmq.getQueueToken('mails')).add('letter', {});
        await until(() => ended.length === 5);
        await until(() => stats().scopes.live === 0);
        await app.close();`,
      );

      const about = (word: string): string[] => printed.filter((line) => line.includes(word));
      expect(about('flaky').concat(about('try again'))).toEqual([
        'DEBUG work flaky, attempt 1',
        'ERROR call Orders.process failed try again',
      ]);
      expect(about('broken').concat(about('never'))).toEqual([
        'DEBUG work broken, attempt 1',
        'ERROR call Orders.process failed never',
      ]);
      expect(about('letter').concat(about('mail failed'))).toEqual([
        'DEBUG work mail letter',
        'ERROR call Mails.process failed mail failed',
      ]);
      expect(printed).toHaveLength(6);
    });
  });
});
