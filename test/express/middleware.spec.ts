import { describe, expect, it, vi } from 'vitest';
import { Manager } from '../../lib/core/manager';
import { errorLogs, requestLogs } from '../../lib/express';
import { HindsightHandler } from '../../lib/scope/hindsight.handler';
import { CollectingHandler } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';

describe('requestLogs', () => {
  it.each([undefined, null, {}, { target: 'stdout' }, { target: [] }, { target: [undefined] }])(
    'refuses %o, which names no target',
    (options) => {
      expect(() => requestLogs(options as never)).toThrow(
        /^requestLogs: "target" must be a Handler or a list of them, got /,
      );
    },
  );

  it('refuses an option that it does not know', () => {
    const { root: logger } = new Manager();

    expect(() => requestLogs({ target: new CollectingHandler(), logger, capacty: 5 } as never)).toThrow(
      /unknown option "capacty"/,
    );
    expect(logger.handlers).toEqual([]);
  });

  it('puts one HindsightHandler for the target on the logger, however often it is called', () => {
    const { root: logger } = new Manager();
    const target = new CollectingHandler();

    requestLogs({ target, logger });
    requestLogs({ target, logger });

    expect(logger.handlers).toHaveLength(1);
    expect(logger.handlers[0]).toBeInstanceOf(HindsightHandler);
  });

  it('takes several targets', () => {
    const logger = new Manager().getLogger('shop');
    logger.setLevel('DEBUG');
    const targets = [new CollectingHandler(), new CollectingHandler()];

    requestLogs({ target: targets, logger });

    expect(logger.handlers.map((handler) => (handler as HindsightHandler).target)).toEqual(targets);
  });

  it('puts one for each target', () => {
    const { root: logger } = new Manager();

    requestLogs({ target: new CollectingHandler(), logger });
    requestLogs({ target: new CollectingHandler(), logger });

    expect(logger.handlers).toHaveLength(2);
  });

  it('opens a root that nobody configured up to DEBUG', () => {
    const { root: logger } = new Manager();

    requestLogs({ target: new CollectingHandler(), logger });

    expect(logger.level).toBe(10);
  });

  it('leaves a level that was set on purpose, and says when it leaves nothing to hold back', () => {
    const stderr = capturedStderr();
    const { root: logger } = new Manager();
    logger.setLevel('INFO');

    requestLogs({ target: new CollectingHandler(), logger });

    expect(logger.level).toBe(20);
    expect(stderr.text).toContain('logger "root" is at INFO, so no records below it are held');
  });

  it('is silent about a level that lets context be recorded', () => {
    const stderr = capturedStderr();
    const logger = new Manager().getLogger('shop');
    logger.setLevel('DEBUG');

    requestLogs({ target: new CollectingHandler(), logger });

    expect(stderr.text).toBe('');
  });

  it('has a name that reads in a stack', () => {
    const middleware = requestLogs({ target: new CollectingHandler(), logger: new Manager().root });

    expect([middleware.name, middleware.length]).toEqual(['requestLogsMiddleware', 3]);
  });
});

describe('errorLogs', () => {
  it('takes four parameters, by which Express knows an error middleware', () => {
    expect(errorLogs()).toHaveLength(4);
  });

  it('has a name that reads in a stack', () => {
    expect(errorLogs().name).toBe('errorLogsMiddleware');
  });

  it('passes the error on, whether the request has a scope or not', () => {
    const next = vi.fn();
    const error = new Error('refused');

    errorLogs()(error, { headers: {} }, {} as never, next);

    expect(next.mock.calls).toEqual([[error]]);
  });
});
