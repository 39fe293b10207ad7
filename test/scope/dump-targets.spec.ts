/** Targets that throw, log or are closed while a dump is written to them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../lib/core/log-record';
import { DeliveryError } from '../../lib/errors';
import { FileHandler } from '../../lib/handlers';
import { HindsightHandler } from '../../lib/scope/hindsight.handler';
import { CollectingHandler } from '../../lib/testing';
import { tempDir } from '../support/temp-dir';
import { scopeTree } from './scope-tree';

/** Throws at the second record it gets. */
class FailsAtSecond extends CollectingHandler {
  #count = 0;

  override emit(record: LogRecord): void {
    if (++this.#count === 2) throw new Error('the second fails');
    super.emit(record);
  }
}

/** Logs through the logger it is attached to, as a handler with a client that logs does. */
class LogsItself extends CollectingHandler {
  log: (message: string) => void = () => {};

  override emit(record: LogRecord): void {
    this.log(`about ${record.getMessage()}`);
    super.emit(record);
  }
}

describe('a dump', () => {
  it('goes on when its target throws at the second of five records, and tells the target', () => {
    const target = new FailsAtSecond();
    const tree = scopeTree({ target });
    tree.run({}, () => {
      for (let i = 1; i <= 5; i++) tree.log.debug(`${i}`);
      tree.log.error('trigger');
    });

    expect(target.messages).toEqual(['1', '3', '4', '5', 'trigger']);
    expect(target.failures).toEqual([new Error('the second fails')]);
  });

  it('comes to an end when its target logs through the same logger', () => {
    const target = new LogsItself();
    const tree = scopeTree({ target });
    target.log = (message) => tree.log.error(message);
    tree.run({}, () => {
      tree.log.debug('context');
      tree.log.error('trigger');
    });

    expect(target.messages).toEqual(['context', 'trigger']);
    expect(target.failures).toEqual([expect.any(DeliveryError), expect.any(DeliveryError)]);
  });

  it('does not write what its target logs below the pass-through level meanwhile', () => {
    const target = new LogsItself();
    const tree = scopeTree({ target });
    target.log = (message) => tree.log.debug(message);
    tree.run({}, () => tree.log.info('hello'));

    expect(target.messages).toEqual(['hello']);
    expect(target.failures).toEqual([]);
  });

  it('is written whole, or not at all, to a file that was closed meanwhile', () => {
    const path = join(tempDir(), 'app.log');
    const file = new FileHandler(path);
    const tree = scopeTree();
    const handler = new HindsightHandler(file);
    tree.manager.root.addHandler(handler);
    tree.run({}, () => {
      tree.log.debug('context');
      void file.close();
      tree.log.error('trigger');
    });
    const text = readFileSync(path, 'utf8');
    void file.close();

    expect(['', 'context\ntrigger\n']).toContain(text);
    expect(tree.messages).toEqual(['context', 'trigger']);
  });
});
