import { describe, expect, it, onTestFinished } from 'vitest';
import { Handler, SocketHandler } from '../../../lib/logging';
import { LoggingHealthIndicator } from '../../../lib/nest/module/logging-health-indicator';
import { CollectingHandler } from '../../../lib/testing';
import { capturedStderr } from '../../support/captured-stderr';
import { logsOf } from '../../support/live-application';
import { some } from '../../support/some';
import { until } from '../../support/until';

/** Fails for each record, and reports it as the handlers of the package do. */
class FullDisk extends Handler {
  override emit(): void {
    throw new Error('ENOSPC');
  }
}

function indicatorOf(handlers: Record<string, Handler>): LoggingHealthIndicator {
  return new LoggingHealthIndicator(logsOf({ handlers }));
}

describe('LoggingHealthIndicator', () => {
  it('is up while every handler delivers', () => {
    expect(indicatorOf({ file: new CollectingHandler() }).check('logs')).toMatchObject({
      logs: {
        status: 'up',
        handlers: { file: { delivering: true, queued: 0, dropped: 0, failures: 0 } },
      },
    });
  });

  it('is down after a failure, until the window is over', () => {
    capturedStderr();
    const file = new FullDisk();
    const indicator = indicatorOf({ file });
    indicator.check();
    file.handle(some.record({}));

    expect(indicator.check().logging).toMatchObject({ status: 'down', message: 'file does not deliver' });
    expect(indicator.check('logging', { windowMs: 0 }).logging.status).toBe('down');
    expect(indicator.check('logging', { windowMs: 0 }).logging.status).toBe('up');
  });

  it('is down if a server is down, if the queue is long and if records were dropped', async () => {
    capturedStderr();
    const collector = new SocketHandler('127.0.0.1', 1, { maxQueued: 3, flushTimeout: 0.01 });
    onTestFinished(() => collector.close());
    const indicator = indicatorOf({ collector });
    for (let i = 0; i < 5; i++) collector.handle(some.record({}));

    await until(() => !indicator.check().logging.handlers['collector']?.delivering);
    expect(indicator.check('logging', { maxQueued: 2 }).logging).toMatchObject({
      status: 'down',
      message: 'collector does not deliver; 3 records wait for collector; collector dropped 2 records',
    });
  });

  it('refuses bad limits', () => {
    const indicator = indicatorOf({ file: new CollectingHandler() });

    expect(() => indicator.check('logging', { maxQueued: -1 })).toThrow(
      'LoggingHealthIndicator: "maxQueued" must be a non-negative number, got -1.',
    );
    expect(() => indicator.check('logging', { max: 1 } as never)).toThrow('unknown option "max"');
  });
});
