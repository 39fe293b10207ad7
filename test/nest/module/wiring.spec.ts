import 'reflect-metadata';
import type { INestApplicationContext } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { getLoggerToken, LoggingModule, type Logger } from '../../../lib';
import { LoggingRootModule } from '../../../lib/nest/module/logging.module';
import { HandlerLifecycleService } from '../../../lib/nest/module/wiring';
import { CollectingHandler } from '../../../lib/testing';
import { logsOf } from '../../support/live-application';

async function start(): Promise<INestApplicationContext> {
  const module = LoggingModule.forRoot({ handlers: { seen: new CollectingHandler() } });
  const app = await NestFactory.createApplicationContext(module, { logger: false });
  onTestFinished(async () => app.close());
  return app;
}

describe('the module in an application', () => {
  it('is shut down after all other modules', async () => {
    const modules = [...(await start()).get(ModulesContainer).values()];

    const root = modules.find(({ metatype }) => metatype === LoggingRootModule);

    expect(root?.distance).toBe(Infinity);
  });

  it('provides a logger that is injected for the first time after the start', async () => {
    const app = await start();

    const token = getLoggerToken('injected-after-the-start');

    expect(app.get<Logger>(token).name).toBe('injected-after-the-start');
  });
});

describe('HandlerLifecycleService', () => {
  it('closes the handlers at shutdown', async () => {
    const logs = logsOf();

    await new HandlerLifecycleService(logs).onApplicationShutdown();

    expect(logs.handlers.get('seen')?.closed).toBe(true);
    expect(logs.tree.root.handlers).toEqual([]);
  });

  it('does not start an application whose worker cannot create its handlers', async () => {
    const failed = new Error('cannot create');
    const logs = Object.assign(logsOf(), { queue: { ready: () => Promise.reject(failed) } });

    await expect(new HandlerLifecycleService(logs as never).onModuleInit()).rejects.toBe(failed);
  });
});
