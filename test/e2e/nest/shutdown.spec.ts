/** What modules log while an application shuts down, in any order of modules. */
import {
  Global,
  Injectable,
  Module,
  type BeforeApplicationShutdown,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { getLogger, LoggingModule, type LoggingModuleForRootOptions } from '../../../lib';
import { CollectingHandler } from '../../../lib/testing';
import { capturedStderr } from '../../support/captured-stderr';

function endingModule(name: string, isGlobal: boolean) {
  const log = getLogger(name);

  @Injectable()
  class Ending implements OnModuleDestroy, BeforeApplicationShutdown, OnApplicationShutdown {
    onModuleDestroy(): void {
      log.info('destroyed');
    }

    async beforeApplicationShutdown(): Promise<void> {
      await new Promise((resolve) => setTimeout(resolve, 5));
      log.info('before shutdown');
    }

    async onApplicationShutdown(): Promise<void> {
      await new Promise((resolve) => setTimeout(resolve, 5));
      log.info('shut down');
    }
  }

  @Module({ providers: [Ending] })
  class EndingModule {
    onApplicationShutdown(): void {
      log.info('module shut down');
    }
  }
  if (isGlobal) Global()(EndingModule);
  return EndingModule;
}

const ENDED = ['destroyed', 'before shutdown', 'shut down', 'module shut down'];

describe('An application that ends', () => {
  it.each<[string, LoggingModuleForRootOptions]>([
    ['global', {}],
    ['not global', { isGlobal: false }],
  ])('writes the last records of every module if ours is %s', async (_what, options) => {
    const stderr = capturedStderr();
    const seen = new CollectingHandler();
    const [Before, Plain, Behind] = [
      endingModule('ending.before', true),
      endingModule('ending.plain', false),
      endingModule('ending.behind', true),
    ];
    class App {}
    Module({ imports: [Before, LoggingModule.forRoot({ handlers: { seen }, ...options }), Plain, Behind] })(
      App,
    );
    const app = await NestFactory.createApplicationContext(App, { bufferLogs: true });

    await app.close();

    for (const name of ['ending.before', 'ending.plain', 'ending.behind']) {
      expect(
        seen.records.filter((record) => record.name === name).map((record) => record.getMessage()),
      ).toEqual(ENDED);
    }
    expect(stderr.text).toBe('');
  });
});
