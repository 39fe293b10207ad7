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
} from '../../../lib/logging';
import { CollectingHandler } from '../../../lib/testing';
import { logsOf, type LogsOptions } from '../../support/live-application';

describe('ApplicationLogs', () => {
  it('adds a HindsightHandler to the loggers instead of each target', () => {
    const [file, mail] = [new CollectingHandler(), new CollectingHandler()];

    const { tree } = logsOf({ handlers: { file, mail }, logIfErrors: { target: 'file' } });

    const [first, second] = tree.root.handlers;
    expect(first).toBeInstanceOf(HindsightHandler);
    expect((first as HindsightHandler).target).toBe(file);
    expect(second).toBe(mail);
  });

  it('switches span ids off until it is released', () => {
    const logs = logsOf({ openTelemetry: false });

    expect(loggingSettings.openTelemetry).toBe(false);
    logs.release();
    expect(loggingSettings.openTelemetry).toBe(true);
  });

  it('uses the handlers with a level below INFO as targets if none are named', () => {
    const open = new CollectingHandler();
    const errorsOnly = new CollectingHandler({ level: ERROR });

    const { hindsight } = logsOf({ handlers: { errorsOnly, open } });

    expect(hindsight.map(({ target }) => target)).toEqual([open]);
  });

  it('uses the first handler as the target if all have INFO or a higher level', () => {
    const first = new CollectingHandler({ level: INFO });
    const second = new CollectingHandler({ level: ERROR });

    expect(logsOf({ handlers: { first, second } }).hindsight.map(({ target }) => target)).toEqual([first]);
  });

  it('adds the handlers themselves if requests get no scope', () => {
    const file = new CollectingHandler();

    const logs = logsOf({ handlers: { file }, logIfErrors: false });

    expect(logs.tree.root.handlers).toEqual([file]);
    expect(logs.hindsight).toEqual([]);
  });

  it('adds a handler to the loggers that name it, or else to the root logger', () => {
    const [audit, rest] = [new CollectingHandler(), new CollectingHandler()];

    const { tree } = logsOf({
      handlers: { audit, rest },
      logIfErrors: false,
      loggers: { 'shop.audit': { handlers: ['audit'], propagate: false, level: 'INFO' } },
    });
    tree.getLogger('shop.audit').info('paid');
    tree.getLogger('shop.audit').debug('in cash');
    tree.getLogger('shop').info('sold');

    expect([audit.messages, rest.messages]).toEqual([['paid'], ['sold']]);
  });

  it('configures the root logger by its name', () => {
    const [first, second] = [new CollectingHandler(), new CollectingHandler()];

    const { tree } = logsOf({
      handlers: { first, second },
      logIfErrors: false,
      loggers: { root: { level: 'ERROR', handlers: ['second'] } },
    });

    expect(tree.root.level).toBe(ERROR);
    expect(tree.root.handlers).toEqual([second, first]);
  });

  it('restores the tree when it is released', () => {
    const tree = new Manager();
    const own = new CollectingHandler();
    tree.root.addHandler(own);
    tree.getLogger('shop').setLevel(WARNING);
    const logs = logsOf({ level: DEBUG, loggers: { shop: { level: ERROR, propagate: false } } }, tree);

    logs.release();
    logs.release();

    expect(tree.root).toMatchObject({ level: WARNING, levelWasSet: false, handlers: [own] });
    expect(tree.getLogger('shop')).toMatchObject({ level: WARNING, propagate: true });
  });

  it.each<[string, LogsOptions, number]>([
    ['no logger creates records that could be held', { level: 'INFO' }, 1],
    ['one logger does', { level: 'INFO', loggers: { shop: { level: 'DEBUG' } } }, 0],
    ['all records are written at once', { level: 'DEBUG', logIfErrors: { passThroughLevel: 'DEBUG' } }, 0],
    ['requests get no scope', { level: 'INFO', logIfErrors: false }, 0],
  ])(
    'reports at the start that failing requests have no context only if that is true: %s',
    (_what, options, reports) => {
      const before = diagnostics.count('request logs');

      logsOf(options);

      expect(diagnostics.count('request logs') - before).toBe(reports);
    },
  );

  it('calls the functions of atRelease in reverse order', () => {
    const logs = logsOf();
    const order: number[] = [];
    for (const step of [1, 2]) logs.atRelease(() => void order.push(step));

    logs.release();

    expect(order).toEqual([2, 1]);
  });

  it('disables the loggers that a config does not mention, and enables them when it is released', () => {
    const tree = new Manager();
    const [other, child] = [tree.getLogger('other'), tree.getLogger('shop.orders')];
    const own = new CollectingHandler();
    child.addHandler(own);
    child.setLevel(ERROR);
    const config = { version: 1, disable_existing_loggers: true, loggers: { shop: {} } };
    const logs = logsOf({ config }, tree);

    expect(other.disabled).toBe(true);
    expect(child).toMatchObject({ disabled: false, level: 0, handlers: [] });
    logs.release();
    expect(other.disabled).toBe(false);
    expect(child).toMatchObject({ level: ERROR, handlers: [own] });
  });

  it('has a memory with a NullHandler if requests get no scope', () => {
    const { memory } = logsOf({ logIfErrors: false });

    expect(memory.target.handle).toBeDefined();
  });
});
