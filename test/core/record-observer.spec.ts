import { describe, expect, it, onTestFinished } from 'vitest';
import { lastResort } from '../../lib/core/last-resort';
import { DEBUG, INFO, NOTSET } from '../../lib/core/level';
import type { LogRecord } from '../../lib/core/log-record';
import { getLogger, Manager } from '../../lib/core/manager';
import { contextStorage } from '../../lib/core/record-context';
import { observing } from '../../lib/core/record-observer';
import { StreamHandler } from '../../lib/handlers';
import { CollectingHandler } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';

function observe(manager: Manager, hides = false): { readonly messages: string[] } {
  const messages: string[] = [];
  const before = observing.current;
  const set = (observer: typeof before): void => {
    observing.current = observer;
    manager.updateEnabled();
  };
  onTestFinished(() => set(before));
  set({
    level: DEBUG,
    see: (record: LogRecord) => void messages.push(record.getMessage()),
    hides: () => hides,
  });
  return { messages };
}

function tree() {
  const manager = new Manager();
  const handler = new CollectingHandler();
  manager.root.addHandler(handler);
  manager.root.setLevel(INFO);
  return { manager, handler, log: manager.getLogger('shop') };
}

describe('an observer of records', () => {
  it('sees records that the level of the root drops, while the handlers get the same records as before', () => {
    const { manager, handler, log } = tree();
    const seen = observe(manager);

    log.debug('low');
    log.info('high');

    expect(seen.messages).toEqual(['low', 'high']);
    expect(handler.messages).toEqual(['high']);
    expect([manager.root.level, log.getEffectiveLevel()]).toEqual([INFO, INFO]);
  });

  it('sees a record once, below a logger that does not propagate too', () => {
    const { manager, log } = tree();
    log.propagate = false;
    log.addHandler(new CollectingHandler());
    const seen = observe(manager);

    log.getChild('orders').debug('low');

    expect(seen.messages).toEqual(['low']);
  });

  it('does not see records dropped by the level of another logger, a filter, disable() or a disabled logger', () => {
    const { manager, log } = tree();
    log.setLevel('WARNING');
    manager.getLogger('filtered').addFilter(() => false);
    manager.getLogger('disabled').disabled = true;
    const seen = observe(manager);

    log.getChild('orders').info('by level');
    manager.getLogger('filtered').debug('by filter');
    manager.getLogger('filtered').error('by filter');
    manager.getLogger('disabled').error('disabled');
    manager.disable = 'INFO';
    manager.getLogger('other').info('by disable');

    expect(seen.messages).toEqual([]);
  });

  it('sees a record that is passed to a logger, whose handlers get it with any level', () => {
    const { manager, handler, log } = tree();
    const seen = observe(manager);

    log.handle(log.makeRecord(DEBUG, 'made elsewhere', []));

    expect([seen.messages, handler.messages]).toEqual([['made elsewhere'], ['made elsewhere']]);
  });

  it('sees a record of an application with a tree of its own as its handlers do', () => {
    const { manager, handler } = tree();
    const seen = observe(manager);
    const outside = getLogger('shop');
    outside.setLevel(DEBUG);
    onTestFinished(() => outside.setLevel(NOTSET));

    contextStorage.run({ id: '1', fields: {}, tree: manager }, () => {
      outside.debug('low');
      outside.info('high');
    });

    expect([seen.messages, handler.messages]).toEqual([['low', 'high'], ['high']]);
  });

  it.each([
    [true, ''],
    [false, 'shop failed\nfailed\n'],
  ])('keeps handlers from writing to a hidden stream: %s', (hides, text) => {
    const manager = new Manager();
    const seen = observe(manager, hides);
    const stderr = capturedStderr();
    const formatter = { format: ({ name, msg }: LogRecord) => `${name} ${String(msg)}` };
    const own = manager.getLogger('shop');
    own.propagate = false;
    own.addHandler(new StreamHandler(process.stderr, { formatter }));

    own.error('failed');
    lastResort.handler?.handle(own.makeRecord(INFO, 'failed', []));

    expect([seen.messages, stderr.text]).toEqual([['failed'], text]);
  });
});
