/** An application without the option `handlers`, run by `runProgram()`. The first argument names what it does. */
require('reflect-metadata');
const { NestFactory } = require('@nestjs/core');
const fs = require('node:fs');
const { setTimeout: wait } = require('node:timers/promises');
const { LoggingModule } = lib('nest/module/logging.module');
const { getLogger } = lib('logging');

class AppModule {}
const log = getLogger('shop');

function create(providers = []) {
  const imports = [LoggingModule.forRoot()];
  return NestFactory.createApplicationContext({ module: AppModule, imports, providers });
}

/** Ways to end after the last line. */
const ENDS = {
  'process.exit()': () => process.exit(3),
  'an uncaught exception': () =>
    setTimeout(() => {
      log.info('last words');
      throw new Error('crash');
    }),
  'close()': (app) => app.close(),
  SIGTERM: (app) => {
    app.enableShutdownHooks();
    setInterval(() => {}, 1000);
    process.kill(process.pid, 'SIGTERM');
  },
};

const PROGRAMS = {
  async end(how) {
    const app = await create();
    log.info('last words');
    await ENDS[how](app);
  },
  async 'fail to start'() {
    const useFactory = async () => {
      await wait(10);
      log.info('connecting');
      throw new Error('no database');
    };
    await create([{ provide: 'failing', useFactory }]);
  },
  async 'log ten lines in one turn'() {
    await create();
    await wait(0);
    const { writeSync } = fs;
    let writes = 0;
    fs.writeSync = (...args) => {
      writes++;
      return writeSync(...args);
    };
    for (let at = 0; at < 10; at++) log.info('line %d', at);
    setImmediate(() => {
      writeSync(2, String(writes));
      process.exit();
    });
  },
};

const [, name, ...args] = process.argv;
void PROGRAMS[name](...args);
