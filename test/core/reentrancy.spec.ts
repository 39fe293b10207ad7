/** Filters, factories and formatters that log through the tree which is asking them. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { diagnostics } from '../../lib/core/diagnostics';
import { LogRecord } from '../../lib/core/log-record';
import { Manager } from '../../lib/core/manager';
import { setLogRecordFactory } from '../../lib/core/record-factory';
import { CollectingHandler } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';

function setUp() {
  const manager = new Manager();
  const seen = new CollectingHandler();
  manager.root.setLevel('DEBUG');
  manager.root.addHandler(seen);
  const texts = (): string[] => seen.records.map((record) => record.getMessage());
  return { manager, seen, texts, log: manager.getLogger('shop') };
}

/** Records that were left out and reported since. */
function countFailures(): () => number {
  const before = diagnostics.total;
  return () => diagnostics.total - before;
}

afterEach(() => setLogRecordFactory(undefined));

describe('a filter that logs to its own logger', () => {
  it('returns, and its own records are counted and dropped', () => {
    capturedStderr();
    const failures = countFailures();
    const { log, texts } = setUp();
    for (let i = 0; i < 30; i++) {
      log.addFilter(() => {
        log.debug('from filter %d', i);
        return true;
      });
    }

    log.info('order placed');

    expect(texts()).toEqual(['order placed']);
    expect(failures()).toBe(30);
  });

  it('returns if two loggers call each other', () => {
    capturedStderr();
    const { manager, log, texts } = setUp();
    const other = manager.getLogger('other');
    log.addFilter(() => (other.info('to other'), true));
    log.addFilter(() => (other.info('to other again'), true));
    other.addFilter(() => (log.info('to shop'), true));
    other.addFilter(() => (log.info('to shop again'), true));

    log.info('order placed');

    expect(texts()).toEqual(['to other', 'to other again', 'order placed']);
  });

  it('keeps its records if they go to another logger', () => {
    const { manager, log, texts } = setUp();
    log.addFilter(() => (manager.getLogger('audit').info('asked'), true));

    log.info('order placed');

    expect(texts()).toEqual(['asked', 'order placed']);
  });
});

describe('a filter of a handler', () => {
  it('returns, also if it logs to a new logger each time', () => {
    const { manager, log, seen, texts } = setUp();
    let count = 0;
    for (let i = 0; i < 20; i++) {
      seen.addFilter(() => (manager.getLogger(`made.${count++}`).info('from a filter'), true));
    }

    log.info('order placed');

    expect(texts()).toEqual(['order placed']);
    expect(seen.failures).toHaveLength(20);
  });
});

describe('a record factory', () => {
  it('returns if it logs: its own records are created by the default factory', () => {
    const { log, texts } = setUp();
    setLogRecordFactory((...fields) => {
      log.debug('made one');
      log.debug('and another');
      return new LogRecord(...fields);
    });

    log.info('order placed');

    expect(texts()).toEqual(['made one', 'and another', 'order placed']);
  });
});

describe('a stderr that logs what is written to it', () => {
  it('ends when a report is written to it', () => {
    const { log, seen } = setUp();
    seen.addFilter(() => {
      throw new Error('broken');
    });
    const write = vi
      .spyOn(process.stderr, 'write')
      .mockImplementation(() => (log.info('seen on stderr'), true));

    log.info('order placed');
    write.mockRestore();

    expect(seen.records).toEqual([]);
  });
});
