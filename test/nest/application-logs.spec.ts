import { describe, expect, it } from 'vitest';
import {
  DEBUG,
  diagnostics,
  ERROR,
  HindsightHandler,
  INFO,
  loggingSettings,
  Manager,
  WARNING,
  type Handler,
} from '../../lib/logging';
import { ApplicationLogs } from '../../lib/nest/application-logs';
import { checkOptions } from '../../lib/nest/check-options';
import type { LoggingModuleOptions } from '../../lib/nest/logging.options';
import { CollectingHandler } from '../../lib/testing';

function logsOf(handlers: Record<string, Handler>, options: LoggingModuleOptions = {}): ApplicationLogs {
  return new ApplicationLogs(
    new Manager(),
    checkOptions({ handlers, ...options }),
    new Map(Object.entries(handlers)),
  );
}

describe('ApplicationLogs', () => {
  it('puts a HindsightHandler in the place of each target', () => {
    const [file, mail] = [new CollectingHandler(), new CollectingHandler()];

    const { tree } = logsOf({ file, mail }, { logIfErrors: { target: 'file' } });

    const [first, second] = tree.root.handlers;
    expect(first).toBeInstanceOf(HindsightHandler);
    expect((first as HindsightHandler).target).toBe(file);
    expect(second).toBe(mail);
  });

  it('switches the ids of spans off until it is released', () => {
    const logs = logsOf({ file: new CollectingHandler() }, { openTelemetry: false });

    expect(loggingSettings.openTelemetry).toBe(false);
    logs.release();
    expect(loggingSettings.openTelemetry).toBe(true);
  });

  it('takes the handlers that write below INFO for targets when none are named', () => {
    const open = new CollectingHandler();
    const errorsOnly = new CollectingHandler({ level: ERROR });

    const { hindsight } = logsOf({ errorsOnly, open });

    expect(hindsight.map(({ target }) => target)).toEqual([open]);
  });

  it('takes the first handler for the target when all are for INFO and above', () => {
    const first = new CollectingHandler({ level: INFO });
    const second = new CollectingHandler({ level: ERROR });

    expect(logsOf({ first, second }).hindsight.map(({ target }) => target)).toEqual([first]);
  });

  it('leaves all handlers plain when nothing is held back', () => {
    const file = new CollectingHandler();

    const logs = logsOf({ file }, { logIfErrors: false });

    expect(logs.tree.root.handlers).toEqual([file]);
    expect(logs.hindsight).toEqual([]);
  });

  it('puts a handler on the loggers that name it, and on the root only if none does', () => {
    const [audit, rest] = [new CollectingHandler(), new CollectingHandler()];

    const { tree } = logsOf(
      { audit, rest },
      {
        logIfErrors: false,
        loggers: { 'shop.audit': { handlers: ['audit'], propagate: false, level: 'INFO' } },
      },
    );
    tree.getLogger('shop.audit').info('paid');
    tree.getLogger('shop.audit').debug('in cash');
    tree.getLogger('shop').info('sold');

    expect([audit.messages, rest.messages]).toEqual([['paid'], ['sold']]);
  });

  it('configures the root by its name', () => {
    const [first, second] = [new CollectingHandler(), new CollectingHandler()];

    const { tree } = logsOf(
      { first, second },
      { logIfErrors: false, loggers: { root: { level: 'ERROR', handlers: ['second'] } } },
    );

    expect(tree.root.level).toBe(ERROR);
    expect(tree.root.handlers).toEqual([second, first]);
  });

  it('leaves the tree as it was when it is released', () => {
    const tree = new Manager();
    const own = new CollectingHandler();
    tree.root.addHandler(own);
    tree.getLogger('shop').setLevel(WARNING);
    const handlers = { seen: new CollectingHandler() };
    const options = { handlers, level: DEBUG, loggers: { shop: { level: ERROR, propagate: false } } };
    const logs = new ApplicationLogs(tree, checkOptions(options), new Map(Object.entries(handlers)));

    logs.release();
    logs.release();

    expect(tree.root).toMatchObject({ level: WARNING, levelWasSet: false, handlers: [own] });
    expect(tree.getLogger('shop')).toMatchObject({ level: WARNING, propagate: true });
  });

  it.each<[string, LoggingModuleOptions, number]>([
    ['no logger records anything to hold back', { level: 'INFO' }, 1],
    ['one logger does', { level: 'INFO', loggers: { shop: { level: 'DEBUG' } } }, 0],
    ['everything passes through', { level: 'DEBUG', logIfErrors: { passThroughLevel: 'DEBUG' } }, 0],
    ['requests get no scope', { level: 'INFO', logIfErrors: false }, 0],
  ])(
    'tells at start that failing requests have no context only where that is so: %s',
    (_what, options, reports) => {
      const before = diagnostics.count('request logs');

      logsOf({ seen: new CollectingHandler() }, options);

      expect(diagnostics.count('request logs') - before).toBe(reports);
    },
  );

  it('takes back last what was there first', () => {
    const logs = logsOf({ seen: new CollectingHandler() });
    const order: number[] = [];
    for (const step of [1, 2]) logs.atRelease(() => void order.push(step));

    logs.release();

    expect(order).toEqual([2, 1]);
  });

  it('disables the loggers that a config does not mention, and enables them again', () => {
    const tree = new Manager();
    const [other, child] = [tree.getLogger('other'), tree.getLogger('shop.orders')];
    const own = new CollectingHandler();
    child.addHandler(own);
    child.setLevel(ERROR);
    const config = { version: 1, disable_existing_loggers: true, loggers: { shop: {} } };
    const handlers = { seen: new CollectingHandler() };
    const logs = new ApplicationLogs(
      tree,
      checkOptions({ handlers, config }),
      new Map(Object.entries(handlers)),
    );

    expect(other.disabled).toBe(true);
    expect(child).toMatchObject({ disabled: false, level: 0, handlers: [] });
    logs.release();
    expect(other.disabled).toBe(false);
    expect(child).toMatchObject({ level: ERROR, handlers: [own] });
  });

  it('has a memory that leads nowhere when nothing is held back', () => {
    const { memory } = logsOf({ file: new CollectingHandler() }, { logIfErrors: false });

    expect(memory.target.handle).toBeDefined();
  });
});
