import { describe, expect, it } from 'vitest';
import { diagnostics } from '../../lib/core/diagnostics';
import { getHandlerByName, getHandlerNames, OpenHandlers } from '../../lib/core/open-handlers';
import { CollectingHandler } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';
import { runChild } from '../support/child';

describe('getHandlerByName', () => {
  it('finds the handler until it is renamed or closed', () => {
    const handler = new CollectingHandler({ name: 'first name' });
    handler.name = 'second name';
    expect([getHandlerByName('first name'), getHandlerByName('second name')]).toEqual([undefined, handler]);

    void handler.close();
    expect(getHandlerByName('second name')).toBeUndefined();
  });

  it('goes on finding the handler that took over the name of one that is closed', () => {
    const old = new CollectingHandler({ name: 'taken over' });
    const next = new CollectingHandler({ name: 'taken over' });

    void old.close();

    expect(getHandlerByName('taken over')).toBe(next);
    void next.close();
  });

  it.each([undefined, ''])('does not find a handler by the name %j', (name) => {
    const handler = new CollectingHandler({ name: 'to be unnamed' });
    handler.name = name;

    expect([getHandlerByName('to be unnamed'), getHandlerByName('')]).toEqual([undefined, undefined]);
  });
});

describe('getHandlerNames', () => {
  it('is a snapshot', () => {
    const names = getHandlerNames();
    const handler = new CollectingHandler({ name: 'made later' });

    expect([names.has('made later'), getHandlerNames().has('made later')]).toEqual([false, true]);
    void handler.close();
  });
});

describe('OpenHandlers', { timeout: 30_000 }, () => {
  it('lists the newest first', () => {
    const open = new OpenHandlers();
    const handlers = [new CollectingHandler(), new CollectingHandler(), new CollectingHandler()];
    for (const handler of handlers) open.add(handler);

    expect(open.newestFirst()).toEqual(handlers.toReversed());
    open.delete(handlers[1] as CollectingHandler);
    expect(open.newestFirst()).toEqual([handlers[2], handlers[0]]);
  });

  it('flushes the others when one fails at exit', () => {
    capturedStderr();
    class Failing extends CollectingHandler {
      override flushSync(): void {
        throw new Error('disk full');
      }
    }
    const flushed: string[] = [];
    class Noting extends CollectingHandler {
      override flushSync(): void {
        flushed.push('noting');
      }
    }
    const open = new OpenHandlers();
    open.add(new Noting());
    open.add(new Failing({ name: 'fails at exit' }));

    open.flushSync();

    expect(flushed).toEqual(['noting']);
    expect(diagnostics.count('Failing fails at exit')).toBe(1);
  });

  it('keeps no handler alive that nobody holds', async () => {
    const { stdout } = await runChild(
      `const { openHandlers } = lib('core/open-handlers');
       const { CollectingHandler } = lib('testing');
       const kept = new CollectingHandler();
       for (let i = 0; i < 5000; i++) new CollectingHandler();
       require('node:v8').setFlagsFromString('--expose-gc');
       const gc = require('node:vm').runInNewContext('gc');
       setImmediate(() => { gc(); setImmediate(() => console.log(openHandlers.newestFirst().length < 100, kept.id > 0)); });`,
    );

    expect(stdout).toBe('true true\n');
  });

  it('flushes what is buffered when the process ends without a word', async () => {
    const { stdout, code } = await runChild(
      `const { Handler } = lib('core/handler');
       class Late extends Handler { emit() {} flushSync() { require('fs').writeSync(1, 'flushed\\n'); } }
       globalThis.handler = new Late();
       process.exit(3);`,
    );

    expect([stdout, code]).toEqual(['flushed\n', 3]);
  });
});
