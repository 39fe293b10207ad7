/** A Nest application on Express with the logging module, and what its target has got. */
import 'reflect-metadata';
import type { INestApplication, ModuleMetadata, NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Server } from 'node:http';
import supertest from 'supertest';
import { onTestFinished } from 'vitest';
import { ApplicationLogs } from '../../lib/nest/application/application-logs';
import { LoggingModule } from '../../lib/nest/module/logging.module';
import type { LoggingModuleForRootOptions } from '../../lib/nest/application/options';
import { CollectingHandler } from '../../lib/testing';
import { allSettled } from './open-scopes';

export interface NestAppOptions extends ModuleMetadata {
  readonly logging?: LoggingModuleForRootOptions;
  readonly app?: NestApplicationOptions;
  /** Called before the application is initialised, as in a main.ts. */
  readonly before?: (app: INestApplication) => void;
  /** The target. @defaultValue a new one */
  readonly seen?: CollectingHandler;
}

/** One application under test. */
export class NestApp {
  readonly app: INestApplication;
  /** The target. */
  readonly seen: CollectingHandler;

  constructor(app: INestApplication, seen: CollectingHandler) {
    this.app = app;
    this.seen = seen;
  }

  get server(): Server {
    return this.app.getHttpServer() as Server;
  }

  get request(): ReturnType<typeof supertest> {
    return supertest(this.server);
  }

  /** `LEVEL name message` of each record, without the durations. */
  get lines(): string[] {
    return this.seen.records.map(
      (record) => `${record.levelname} ${record.name} ${record.getMessage().replace(/\d+ ms$/, 'N ms')}`,
    );
  }

  /** The written Errors, in order. */
  get errors(): unknown[] {
    return this.seen.records.map((record) => record.excInfo).filter((error) => error !== undefined);
  }

  /** Resolves when no request is running, so that every outcome has been written. */
  async settled(): Promise<void> {
    await allSettled(this.app.get(ApplicationLogs).tree);
  }

  /** Fetches a path and waits until the outcome has been written. */
  async get(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const { status, text } = await this.request.get(path);
    await this.settled();
    return { status, text };
  }
}

/** Starts an application that is closed when the test has finished. Removes what it logged at the start. */
export async function startNestApp(options: NestAppOptions = {}): Promise<NestApp> {
  const { logging = {}, app: appOptions = {}, before, seen = new CollectingHandler(), ...metadata } = options;
  const { logIfErrors = {} } = logging;
  const module = LoggingModule.forRoot({
    handlers: { seen },
    ...logging,
    // Most specs are about the dumped records, not about the heading.
    logIfErrors: logIfErrors === false ? false : { dumpRecord: false, ...logIfErrors },
  });
  const app = await NestFactory.create(
    { ...metadata, imports: [module, ...(metadata.imports ?? [])] },
    { abortOnError: false, bufferLogs: true, ...appOptions },
  );
  onTestFinished(async () => app.close());
  before?.(app);
  await app.listen(0, '127.0.0.1');
  seen.clear();
  return new NestApp(app, seen);
}
