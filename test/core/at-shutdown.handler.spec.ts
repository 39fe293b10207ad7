import { describe, expect, it } from 'vitest';
import { AtShutdownHandler } from '../../lib/core/at-shutdown.handler';
import { openHandlers } from '../../lib/core/open-handlers';
import { shutdown } from '../../lib/core/shutdown';
import { CollectingHandler } from '../../lib/testing';
import { some } from '../support/some';

function subject(calls: string[]) {
  return {
    describe: () => 'Subject of a test',
    close: () => void calls.push('close'),
    flushSync: () => void calls.push('flushSync'),
  };
}

describe('AtShutdownHandler', () => {
  it('closes its subject before the handlers that are older', async () => {
    const calls: string[] = [];
    const older = new CollectingHandler();
    older.close = () => {
      calls.push('older handler');
      void CollectingHandler.prototype.close.call(older);
    };
    const handler = new AtShutdownHandler(subject(calls));

    await shutdown();
    await handler.close();

    expect(calls).toEqual(['close', 'older handler']);
  });

  it('has its subject flushed when the process ends', () => {
    const calls: string[] = [];
    const handler = new AtShutdownHandler(subject(calls));

    openHandlers.flushSync();
    handler.dismiss();
    openHandlers.flushSync();

    expect(calls).toEqual(['flushSync']);
  });

  it('leaves the list without closing its subject', async () => {
    const calls: string[] = [];
    const handler = new AtShutdownHandler(subject(calls));

    handler.dismiss();
    await shutdown();

    expect(calls).toEqual([]);
    expect(handler.closed).toBe(true);
  });

  it('writes no record and bears the name of its subject', () => {
    const handler = new AtShutdownHandler({ describe: () => 'Subject of a test', close: () => undefined });

    handler.handle(some.record());
    handler.flushSync();
    handler.dismiss();

    expect(handler.describe()).toBe('Subject of a test');
  });
});
