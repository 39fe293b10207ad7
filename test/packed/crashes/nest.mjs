/** The service on Nest. */
import 'reflect-metadata';
import { Controller, Get, Module, Param, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { faults } from './faults.mjs';
import { say } from './say.mjs';

function decorate(type, name, ...decorators) {
  const descriptor = Object.getOwnPropertyDescriptor(type.prototype, name);
  for (const decorator of decorators) decorator(type.prototype, name, descriptor);
  Object.defineProperty(type.prototype, name, descriptor);
}

/** What the application does when it is closed, by the name of the case. */
const hooks = {
  waits: { beforeApplicationShutdown: async () => new Promise((resolve) => setTimeout(resolve, 100)) },
  throws: {
    onModuleDestroy() {
      throw new Error('cannot close');
    },
  },
  crashes: {
    async beforeApplicationShutdown() {
      setTimeout(() => {
        throw new Error('cannot close');
      }, 1);
      await new Promise(() => {});
    },
  },
};

export async function serve(logs, { hook, listens = [], processExit = false }) {
  const hindsight = logs.handler === undefined ? undefined : await import('nestjs-hindsight');

  class Jobs {
    async nightly() {
      logs.log.debug('in the job');
      setTimeout(() => {
        throw new Error('boom');
      }, 1);
      await new Promise(() => {});
    }
    async beforeApplicationShutdown(signal) {
      say(`shutting down ${signal}`);
      await hooks[hook]?.beforeApplicationShutdown?.();
    }
    onModuleDestroy() {
      hooks[hook]?.onModuleDestroy?.();
    }
  }
  if (hindsight !== undefined) decorate(Jobs, 'nightly', hindsight.LogIfErrors());

  class Shop {
    handle(name, response) {
      logs.log.info(`now ${name}`);
      logs.log.debug(`before ${name}`);
      say(`entered ${name}`);
      const jobs = this.jobs();
      void faults[name]({ ...logs, jobs, response, answer: () => response.send('ok') });
    }
    jobs() {
      return app.get(Jobs);
    }
  }
  decorate(Shop, 'handle', Get(':name'));
  Param('name')(Shop.prototype, 'handle', 0);
  Res()(Shop.prototype, 'handle', 1);
  Controller()(Shop);

  class App {}
  const imports =
    hindsight === undefined
      ? []
      : [
          hindsight.LoggingModule.forRoot({
            handlers: { target: logs.handler },
            logIfErrors: logs.options,
          }),
        ];
  Module({ imports, controllers: [Shop], providers: [Jobs] })(App);
  const app = await NestFactory.create(App, {
    forceCloseConnections: hook !== 'waits',
    ...(hindsight === undefined ? { logger: false } : { bufferLogs: true }),
  });
  if (hindsight === undefined) app.use(logs.middleware);
  if (listens.length > 0) app.enableShutdownHooks(listens, { useProcessExit: processExit });
  const server = await app.listen(0, '127.0.0.1');
  return { server, jobs: app.get(Jobs), shutDown: async () => app.close() };
}
