import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  configuredHandlers,
  flushFiles,
  presentHandlers,
  replaceHandlers,
} from '../../lib/config/configured-handlers';
import {
  FileHandler,
  getHandlerByName,
  Handler,
  Manager,
  MemoryHandler,
  NullHandler,
} from '../../lib/logging';
import { some } from '../support/some';
import { tempDir } from '../support/temp-dir';

describe('presentHandlers', () => {
  it('finds the handlers of all loggers, and those behind them', () => {
    const tree = new Manager();
    const target = new NullHandler();
    const memory = new MemoryHandler(3, { target });
    tree.getLogger('a').addHandler(memory);
    const listened = new NullHandler();
    const queue = Object.assign(new NullHandler(), { listener: { handlers: [listened] } });
    tree.root.addHandler(queue);

    expect(presentHandlers(tree)).toEqual(new Set([queue, listened, memory, target]));
  });
});

describe('replaceHandlers', () => {
  it('closes what nothing leads to any more, newest first', () => {
    const tree = new Manager();
    const closed: string[] = [];
    class Closing extends Handler {
      override close(): void {
        closed.push(this.name ?? '');
        void super.close();
      }
    }
    const [a, b, kept] = ['a', 'b', 'kept'].map((name) => new Closing({ name })) as [
      Closing,
      Closing,
      Closing,
    ];
    const memory = new MemoryHandler(3, { target: kept });
    for (const handler of [a, b, memory]) tree.root.addHandler(handler);
    const before = presentHandlers(tree);
    tree.root.handlers = [memory];

    replaceHandlers(tree, before, new Map());

    expect(closed).toEqual(['b', 'a']);
    expect(kept.closed).toBe(false);
  });

  it('remembers what a configuration made, by tree, and names it', () => {
    const [tree, other] = [new Manager(), new Manager()];
    const handler = new NullHandler();

    replaceHandlers(tree, new Set(), new Map([['mine', handler]]));

    expect(getHandlerByName('mine')).toBe(handler);
    expect([...configuredHandlers(tree).values()]).toEqual([handler]);
    expect(configuredHandlers(other).size).toBe(0);

    replaceHandlers(tree, presentHandlers(tree), new Map());
    expect(handler.closed).toBe(true);
  });

  it('closes handlers of disabled loggers only if a configuration made them', () => {
    const tree = new Manager();
    const [configured, own] = [new NullHandler(), new NullHandler()];
    replaceHandlers(tree, new Set(), new Map([['configured', configured]]));
    tree.getLogger('a').addHandler(configured);
    tree.getLogger('a').addHandler(own);
    tree.getLogger('a').disabled = true;

    replaceHandlers(tree, presentHandlers(tree), new Map());

    expect([configured.closed, own.closed]).toEqual([true, false]);
  });
});

describe('flushFiles', () => {
  it('writes what waits in buffers, and leaves what is held in memory', () => {
    const filename = join(tempDir(), 'app.log');
    const file = new FileHandler(filename, { buffer: { bytes: 1000, intervalMs: 60_000 } });
    const memory = new MemoryHandler(10, { target: new NullHandler() });
    for (const handler of [file, memory]) handler.handle(some.record({ message: 'waits' }));

    flushFiles([file, memory]);

    expect(readFileSync(filename, 'utf8')).toBe('waits\n');
    expect(memory.buffer.length).toBe(1);
    void file.close();
  });
});
