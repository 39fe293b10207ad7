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

  it('refuses an unknown option', () => {
    const { root: logger } = new Manager();

    expect(() => requestLogs({ target: new CollectingHandler(), logger, capacty: 5 } as never)).toThrow(
      /unknown option "capacty"/,
    );
    expect(logger.handlers).toEqual([]);
  });

  it('adds one HindsightHandler for the target to the logger, however often it is called', () => {
    const { root: logger } = new Manager();
    const target = new CollectingHandler();

    requestLogs({ target, logger });
    requestLogs({ target, logger });

    expect(logger.handlers).toHaveLength(1);
    expect(logger.handlers[0]).toBeInstanceOf(HindsightHandler);
  });

  it('accepts several targets', () => {
    const logger = new Manager().getLogger('shop');
    logger.setLevel('DEBUG');
    const targets = [new CollectingHandler(), new CollectingHandler()];

    requestLogs({ target: targets, logger });

    expect(logger.handlers.map((handler) => (handler as HindsightHandler).target)).toEqual(targets);
  });

  it('adds one handler for each target', () => {
    const { root: logger } = new Manager();

    requestLogs({ target: new CollectingHandler(), logger });
    requestLogs({ target: new CollectingHandler(), logger });

    expect(logger.handlers).toHaveLength(2);
  });

  it('sets the root logger to DEBUG if its level has not been set', () => {
    const { root: logger } = new Manager();

    requestLogs({ target: new CollectingHandler(), logger });

    expect(logger.level).toBe(10);
  });

  it('keeps a level that was set, and reports it if there are no records to hold', () => {
    const stderr = capturedStderr();
    const { root: logger } = new Manager();
    logger.setLevel('INFO');

    requestLogs({ target: new CollectingHandler(), logger });

    expect(logger.level).toBe(20);
    expect(stderr.text).toContain('logger "root" is at INFO, so no records below it are held');
  });

  it('does not report a level at which there are records to hold', () => {
    const stderr = capturedStderr();
    const logger = new Manager().getLogger('shop');
    logger.setLevel('DEBUG');

    requestLogs({ target: new CollectingHandler(), logger });

    expect(stderr.text).toBe('');
  });

  it('has a function name for stacks', () => {
    const middleware = requestLogs({ target: new CollectingHandler(), logger: new Manager().root });

    expect([middleware.name, middleware.length]).toEqual(['requestLogsMiddleware', 3]);
  });
});

describe('errorLogs', () => {
  it('has four parameters, by which Express recognises an error middleware', () => {
    expect(errorLogs()).toHaveLength(4);
  });

  it('has a function name for stacks', () => {
    expect(errorLogs().name).toBe('errorLogsMiddleware');
  });

  it('passes the Error on, with or without a scope', () => {
    const next = vi.fn();
    const error = new Error('refused');

    errorLogs()(error, { headers: {} }, {} as never, next);

    expect(next.mock.calls).toEqual([[error]]);
  });
});
