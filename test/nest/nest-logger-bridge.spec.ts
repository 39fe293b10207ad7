import { Logger as NestLog, type LoggerService } from '@nestjs/common';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Manager } from '../../lib/logging';
import { ApplicationLogs } from '../../lib/nest/application-logs';
import { checkOptions } from '../../lib/nest/check-options';
import { nestLoggerBridge } from '../../lib/nest/nest-logger-bridge';
import { CollectingHandler } from '../../lib/testing';

function application(nestLogger?: boolean): ApplicationLogs {
  const handlers = { seen: new CollectingHandler() };
  const options = checkOptions({ handlers, ...(nestLogger === undefined ? {} : { nestLogger }) });
  const logs = new ApplicationLogs(new Manager(), options, new Map(Object.entries(handlers)));
  onTestFinished(() => {
    nestLoggerBridge.release(logs);
    logs.release();
  });
  return logs;
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
    const [first, second] = [application(), application()];

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
    const [unasked, asked] = [application(), application(true)];

    nestLoggerBridge.claim(unasked);
    expect(Reflect.get(NestLog, 'staticInstanceRef')).toBeUndefined();
    nestLoggerBridge.claim(asked);

    expect(Reflect.get(NestLog, 'staticInstanceRef')).toBeDefined();
  });
});
