/** The route in Nest, on Express or Fastify. Decorators are called as functions: no compiler is needed. */
import 'reflect-metadata';
import { Controller, Get, Module, Param, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { parcelRoute } from './parcels.mjs';

function appModule(log, job) {
  const handle = parcelRoute(log, job);
  class ParcelsController {
    find(req, id) {
      return handle(req.raw ?? req, id);
    }
  }
  const { prototype } = ParcelsController;
  Controller('parcels')(ParcelsController);
  Get(':id')(prototype, 'find', Object.getOwnPropertyDescriptor(prototype, 'find'));
  Req()(prototype, 'find', 0);
  Param('id')(prototype, 'find', 1);
  class AppModule {}
  Module({ imports: log.nest?.imports ?? [], controllers: [ParcelsController] })(AppModule);
  return AppModule;
}

/** Nest logs an Error of the route with its logger. The app's own logger takes only these. */
function errorsOnly(log) {
  const none = () => {};
  return {
    log: none,
    warn: none,
    debug: none,
    verbose: none,
    fatal: none,
    error: (error) => log.error(error),
  };
}

export async function listen(log, job) {
  const adapter = job.framework === 'nest-fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const logger = log.nest === undefined ? errorsOnly(log) : log.nest.logger;
  const app = await NestFactory.create(appModule(log, job), adapter, logger === undefined ? {} : { logger });
  if (log.middleware !== undefined) app.use(log.middleware);
  await log.nest?.created?.(app);
  await app.listen(0, '127.0.0.1');
  return app.getHttpServer().address().port;
}
