import { ConsoleLogger, Logger as NestLog, type LoggerService } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ApplicationLogs } from '../../../lib/nest/application/application-logs';
import { applications } from '../../../lib/nest/application/applications';
import { nestLoggerBridge } from '../../../lib/nest/logger/nest-logger-bridge';
import { logsOf, messagesOf } from '../../support/live-application';

function application(nestLogger?: boolean | 'auto'): ApplicationLogs {
  const logs = applications.add((tree) => logsOf(nestLogger === undefined ? {} : { nestLogger }, tree));
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

/** Installs a logger of the application, which stores its lines. */
function installOwn(): { readonly own: LoggerService; readonly lines: unknown[] } {
  const lines: unknown[] = [];
  const write = (message: unknown): number => lines.push(message);
  const own = { log: write, error: write, warn: write };
  NestLog.overrideLogger(own);
  return { own, lines };
}

describe('nestLoggerBridge', () => {
  it('restores the replaced logger when the last application has ended', () => {
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

  it('keeps a logger that was set later', () => {
    const logs = application();
    nestLoggerBridge.claim(logs);
    const { lines } = installOwn();

    nestLoggerBridge.release(logs);
    NestLog.log('still here');

    expect(lines).toEqual(['still here']);
  });

  it('keeps the logger with nestLogger: false', () => {
    const { lines } = installOwn();

    nestLoggerBridge.claim(application(false));
    NestLog.log('still here');

    expect(lines).toEqual(['still here']);
  });

  it('keeps logging switched off, except with nestLogger: true', () => {
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
  ])('keeps %s by default, and says so when the application has started', (_what, install) => {
    install();
    const installed: unknown = Reflect.get(NestLog, 'staticInstanceRef');
    const logs = application();

    nestLoggerBridge.claim(logs);
    nestLoggerBridge.started(logs);

    expect(Reflect.get(NestLog, 'staticInstanceRef')).toBe(installed);
    expect(messagesOf(logs)).toHaveLength(1);
    expect(messagesOf(logs)[0]).toMatch(
      /^Nest logs with the logger that the application gave it \((Object|ConsoleLogger)\)\. .* Set nestLogger/,
    );
  });

  it('says nothing about a logger if nestLogger is set, or if Nest uses its own logger', () => {
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

  it('replaces a plain Logger of Nest, which writes with the default logger', () => {
    NestLog.overrideLogger(new NestLog());
    const logs = application();

    nestLoggerBridge.claim(logs);
    NestLog.overrideLogger(['warn']);
    onTestFinished(() => void Reflect.set(NestLog, 'logLevels', undefined));
    NestLog.log('below the level that Nest was given', 'Job');
    NestLog.warn('to the handlers', 'Job');

    expect(messagesOf(logs)).toEqual(['to the handlers']);
  });

  it('restores the logger of an application that is still running when a newer one has ended', () => {
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

  it('restores the replaced logger if the applications end in the order of their start', () => {
    const { lines } = installOwn();
    const [first, second] = [application(true), application(true)];
    nestLoggerBridge.claim(first);
    nestLoggerBridge.claim(second);

    nestLoggerBridge.release(first);
    nestLoggerBridge.release(second);
    NestLog.log('back');

    expect(lines).toEqual(['back']);
  });

  it('writes the lines that Nest has buffered if the start takes longer than 5 s', () => {
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

  it('leaves the lines that Nest has buffered to a logger that is set in time', () => {
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
