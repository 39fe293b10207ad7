import 'reflect-metadata';
import {
  ConsoleLogger,
  Injectable,
  Logger as NestLog,
  type LoggerService,
  type OnModuleInit,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { LoggingModule, NestLogger, type LoggingModuleForRootOptions } from '../../../lib';
import { CollectingHandler } from '../../../lib/testing';

const standard = Reflect.get(NestLog, 'staticInstanceRef') as LoggerService;
afterEach(() => NestLog.overrideLogger(standard));

@Injectable()
class Greeter implements OnModuleInit {
  readonly #log = new NestLog(Greeter.name);

  onModuleInit(): void {
    this.#log.log('hello');
  }
}

/** The logger of an application. */
class OwnLogger extends ConsoleLogger {
  readonly lines: string[] = [];

  override log(message: unknown): void {
    this.lines.push(String(message));
  }
}

const TELLS = /^Nest logs with the logger that the application gave it \(OwnLogger\)/;

function moduleWith(options: LoggingModuleForRootOptions = {}): {
  readonly seen: CollectingHandler;
  readonly App: object;
} {
  const seen = new CollectingHandler();
  const imports = [LoggingModule.forRoot({ handlers: { seen }, ...options })];
  return { seen, App: { imports, providers: [Greeter] } };
}

/** Waits until an application has logged its messages about the start. */
async function nextTurn(): Promise<void> {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}

describe('A logger that the application gave to Nest', () => {
  it.each([true, false])('is kept if it is passed to create(), with bufferLogs %s', async (bufferLogs) => {
    const [own, { seen, App }] = [new OwnLogger(), moduleWith()];

    const app = await NestFactory.create(App, { logger: own, bufferLogs, abortOnError: false });
    onTestFinished(async () => app.close());
    await app.init();
    await nextTurn();

    expect(own.lines).toEqual(expect.arrayContaining(['Starting Nest application...', 'hello']));
    expect(seen.messages).toEqual([expect.stringMatching(TELLS)]);
  });

  it('is kept if it is set with useLogger(), and gets the lines that Nest has buffered', async () => {
    const [own, { seen, App }] = [new OwnLogger(), moduleWith()];

    const app = await NestFactory.create(App, { bufferLogs: true, abortOnError: false });
    onTestFinished(async () => app.close());
    app.useLogger(own);
    await app.init();
    await nextTurn();

    expect(own.lines).toEqual(expect.arrayContaining(['Starting Nest application...', 'hello']));
    expect(seen.messages).toEqual([expect.stringMatching(TELLS)]);
  });

  it('is kept if it is set with useLogger() of a context, which has started by then', async () => {
    const [own, { seen, App }] = [new OwnLogger(), moduleWith()];

    const app = await NestFactory.createApplicationContext(App, { bufferLogs: true, abortOnError: false });
    onTestFinished(async () => app.close());
    app.useLogger(own);
    await nextTurn();

    expect(own.lines).toEqual(expect.arrayContaining(['Starting Nest application...', 'hello']));
    expect(seen.messages).toEqual([expect.stringMatching(TELLS)]);
  });

  it('is kept if it is set with setLogger() of the Test module', async () => {
    const [own, { seen, App }] = [new OwnLogger(), moduleWith()];

    const module = await Test.createTestingModule(App).setLogger(own).compile();
    onTestFinished(async () => module.close());
    await module.init();
    await nextTurn();

    expect(own.lines).toContain('hello');
    expect(seen.messages).toEqual([expect.stringMatching(TELLS)]);
  });

  it('is restored when a second application has ended', async () => {
    const [own, first, second] = [new OwnLogger(), moduleWith(), moduleWith({ nestLogger: true })];
    const app = await NestFactory.create(first.App, { logger: own, abortOnError: false });
    onTestFinished(async () => app.close());

    const other = await NestFactory.createApplicationContext(second.App, { abortOnError: false });
    NestLog.log('while the second is there');
    await other.close();
    NestLog.log('after the second has gone');

    expect(second.seen.messages).toContain('while the second is there');
    expect(own.lines).toContain('after the second has gone');
    expect(own.lines).not.toContain('while the second is there');
  });
});

describe('A class that extends NestLogger', () => {
  it('adds to the lines for the handlers, without a message about it', async () => {
    class Prefixed extends NestLogger {
      override log(message: unknown, ...params: unknown[]): void {
        super.log(`shop: ${String(message)}`, ...params);
      }
    }
    const { seen, App } = moduleWith();

    const app = await NestFactory.create(App, { logger: new Prefixed(), abortOnError: false });
    onTestFinished(async () => app.close());
    await app.init();
    await nextTurn();

    expect(seen.messages).toContain('shop: hello');
    expect(seen.messages.filter((line) => line.startsWith('Nest logs with'))).toEqual([]);
  });
});

describe('An application without its own logger', () => {
  it('writes the first lines when it is initialised, before its modules start', async () => {
    const { seen, App } = moduleWith();
    let atInit: readonly string[] = [];
    const first = { provide: 'first', useValue: { onModuleInit: () => void (atInit = [...seen.messages]) } };

    const app = await NestFactory.create(
      { ...App, providers: [first] },
      { bufferLogs: true, abortOnError: false },
    );
    onTestFinished(async () => app.close());
    const before = [...seen.messages];
    await app.init();

    expect(before).toEqual([]);
    expect(atInit).toContain('Starting Nest application...');
  });

  it("sends the lines of Nest's loggers to the handlers, at Nest's levels", async () => {
    const { seen, App } = moduleWith();
    onTestFinished(() => void Reflect.set(NestLog, 'logLevels', undefined));

    const app = await NestFactory.create(App, { logger: ['warn'], bufferLogs: true, abortOnError: false });
    onTestFinished(async () => app.close());
    await app.init();
    new NestLog('Job').warn('to the handlers');
    await nextTurn();

    expect(seen.messages).toEqual(['to the handlers']);
  });

  it('writes as little in tests as the Test module does', async () => {
    const { seen, App } = moduleWith();

    const module = await Test.createTestingModule(App).compile();
    onTestFinished(async () => module.close());
    await module.init();
    await nextTurn();

    expect(seen.messages).toEqual([]);
  });
});
