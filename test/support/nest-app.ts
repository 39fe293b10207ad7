/** A Nest application on Express with the logging module, and a target that collects its records. */
import 'reflect-metadata';
import type { INestApplication, ModuleMetadata, NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Server } from 'node:http';
import supertest from 'supertest';
import { onTestFinished } from 'vitest';
import { ApplicationLogs } from '../../lib/nest/application-logs';
import { LoggingModule } from '../../lib/nest/logging.module';
import type { LoggingModuleForRootOptions } from '../../lib/nest/logging.options';
import { CollectingHandler } from '../../lib/testing';
import { allSettled } from './open-scopes';

export interface NestAppOptions extends ModuleMetadata {
  readonly logging?: LoggingModuleForRootOptions;
  readonly app?: NestApplicationOptions;
  /** Called before the application is initialised, as in a main.ts. */
  readonly before?: (app: INestApplication) => void;
  /** @defaultValue a handler that collects records */
  readonly seen?: CollectingHandler;
}

/** One application under test. */
export class NestApp {
  readonly app: INestApplication;
  /** The records that the target got. */
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

  /** Resolves when no request is running and every outcome has been written. */
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

/** Starts an application that is closed when the test has finished. Its records at start-up are removed. */
export async function startNestApp(options: NestAppOptions = {}): Promise<NestApp> {
  const { logging = {}, app: appOptions = {}, before, seen = new CollectingHandler(), ...metadata } = options;
  const { logIfErrors = {} } = logging;
  const module = LoggingModule.forRoot({
    handlers: { seen },
    ...logging,
    // Most specs are about the held records, not about the heading of a dump.
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
