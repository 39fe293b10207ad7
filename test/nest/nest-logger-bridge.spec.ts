import { ConsoleLogger, Logger as NestLog, type LoggerService } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ApplicationLogs } from '../../lib/nest/application-logs';
import { checkOptions } from '../../lib/nest/check-options';
import { applications } from '../../lib/nest/applications';
import { nestLoggerBridge } from '../../lib/nest/nest-logger-bridge';
import { CollectingHandler } from '../../lib/testing';

function application(nestLogger?: boolean | 'auto'): ApplicationLogs {
  const handlers = { seen: new CollectingHandler() };
  const options = checkOptions({ handlers, ...(nestLogger === undefined ? {} : { nestLogger }) });
  const logs = applications.add(
    (tree) => new ApplicationLogs(tree, options, new Map(Object.entries(handlers))),
  );
  onTestFinished(() => {
    nestLoggerBridge.release(logs);
    logs.release();
    applications.remove(logs);
  });
  return logs;
}

const standard = Reflect.get(NestLog, 'staticInstanceRef') as LoggerService;

beforeEach(() => NestLog.overrideLogger(standard));
afterEach(() => {
  NestLog.detachBuffer();
  NestLog.flush();
});

function messagesOf(logs: ApplicationLogs): readonly string[] {
  return (logs.handlers.get('seen') as CollectingHandler).messages;
}

/** Installs a logger that keeps what it is given, and takes it away again. */
function installOwn(): { readonly own: LoggerService; readonly lines: unknown[] } {
  const lines: unknown[] = [];
  const write = (message: unknown): number => lines.push(message);
  const own = { log: write, error: write, warn: write };
  NestLog.overrideLogger(own);
  return { own, lines };
}

describe('nestLoggerBridge', () => {
  it('puts back the logger it replaced when the last application has gone', () => {
    const { lines } = installOwn();
    const [first, second] = [application(true), application(true)];

    nestLoggerBridge.claim(first);
    nestLoggerBridge.claim(second);
    NestLog.log('to the bridge');
    nestLoggerBridge.release(first);
    NestLog.log('to the bridge');
    nestLoggerBridge.release(second);
    NestLog.log('back');

    expect(lines).toEqual(['back']);
  });

  it('leaves a logger that was set after it', () => {
    const logs = application();
    nestLoggerBridge.claim(logs);
    const { lines } = installOwn();

    nestLoggerBridge.release(logs);
    NestLog.log('still here');

    expect(lines).toEqual(['still here']);
  });

  it('leaves the logger alone with nestLogger: false', () => {
    const { lines } = installOwn();

    nestLoggerBridge.claim(application(false));
    NestLog.log('still here');

    expect(lines).toEqual(['still here']);
  });

  it('leaves a logger switched off, unless it is told to', () => {
    NestLog.overrideLogger(false);
    const [unasked, asked] = [application('auto'), application(true)];

    nestLoggerBridge.claim(unasked);
    expect(Reflect.get(NestLog, 'staticInstanceRef')).toBeUndefined();
    nestLoggerBridge.claim(asked);

    expect(Reflect.get(NestLog, 'staticInstanceRef')).toBeDefined();
  });

  it.each([
    ['a logger of the application', (): void => void installOwn()],
    ['a ConsoleLogger of the application', (): void => NestLog.overrideLogger(new ConsoleLogger())],
  ])('leaves %s in place by default, and says so once the application has started', (_what, install) => {
    install();
    const installed: unknown = Reflect.get(NestLog, 'staticInstanceRef');
    const logs = application();

    nestLoggerBridge.claim(logs);
    nestLoggerBridge.started(logs);

    expect(Reflect.get(NestLog, 'staticInstanceRef')).toBe(installed);
    expect(messagesOf(logs)).toHaveLength(1);
    expect(messagesOf(logs)[0]).toMatch(
      /^Nest logs with the logger that the application gave it \((Object|ConsoleLogger)\): .* Set nestLogger/,
    );
  });

  it('says nothing of a logger when it was told what to do, or when Nest has its own', () => {
    const own = application();
    nestLoggerBridge.claim(own);
    nestLoggerBridge.started(own);
    installOwn();
    const [kept, replaced] = [application(false), application(true)];
    for (const logs of [kept, replaced]) {
      nestLoggerBridge.claim(logs);
      nestLoggerBridge.started(logs);
    }

    expect([own, kept, replaced].flatMap(messagesOf)).toEqual([]);
  });

  it('takes the place of a plain Logger of Nest, which writes with the default one', () => {
    NestLog.overrideLogger(new NestLog());
    const logs = application();

    nestLoggerBridge.claim(logs);
    NestLog.overrideLogger(['warn']);
    onTestFinished(() => void Reflect.set(NestLog, 'logLevels', undefined));
    NestLog.log('below the level that Nest was given', 'Job');
    NestLog.warn('to the handlers', 'Job');

    expect(messagesOf(logs)).toEqual(['to the handlers']);
  });

  it('puts back the logger of an application that is still there when a newer one has gone', () => {
    const first = application();
    nestLoggerBridge.claim(first);
    const { lines } = installOwn();
    const second = application(true);
    nestLoggerBridge.claim(second);
    NestLog.log('to the second', 'Job');

    nestLoggerBridge.release(second);
    NestLog.log('to its own logger');
    nestLoggerBridge.release(first);
    NestLog.log('still to it');

    expect(lines).toEqual(['to its own logger', 'still to it']);
  });

  it('keeps the logger to put back when the applications end in the order of their start', () => {
    const { lines } = installOwn();
    const [first, second] = [application(true), application(true)];
    nestLoggerBridge.claim(first);
    nestLoggerBridge.claim(second);

    nestLoggerBridge.release(first);
    nestLoggerBridge.release(second);
    NestLog.log('back');

    expect(lines).toEqual(['back']);
  });

  it('writes the lines that Nest holds back when the start takes longer than 5 s', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    NestLog.attachBuffer();
    const logs = application();
    new NestLog('Boot').log('first line');

    nestLoggerBridge.claim(logs);
    vi.advanceTimersByTime(4999);
    const before = [...messagesOf(logs)];
    vi.advanceTimersByTime(1);

    expect(before).toEqual([]);
    expect(messagesOf(logs)).toEqual(['first line']);
  });

  it('leaves the lines that Nest holds back to a logger that comes in time', () => {
    NestLog.attachBuffer();
    const logs = application();
    new NestLog('Boot').log('first line');
    nestLoggerBridge.claim(logs);

    const { lines } = installOwn();
    nestLoggerBridge.started(logs);
    NestLog.flush();

    expect(lines).toEqual(['first line']);
    expect(messagesOf(logs)).toHaveLength(1);
  });
});
