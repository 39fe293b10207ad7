import { describe, expect, it } from 'vitest';
import { diagnostics } from '../../lib/core/diagnostics';
import { Handler, openHandlers } from '../../lib/core/handler';
import { AtShutdownHandler, closeHandler, shutdown } from '../../lib/core/shutdown';
import { MemoryHandler } from '../../lib/handlers';
import { CollectingHandler } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';
import { runChild } from '../support/child';
import { some } from '../support/some';

class Noting extends Handler {
  readonly calls: string[] = [];
  fails: string | undefined;

  override acquire(): void {
    this.#note('acquire');
  }
  override release(): void {
    this.#note('release');
  }
  override flush(): void {
    this.#note('flush');
  }
  override close(): void {
    this.#note('close');
    void super.close();
  }

  #note(call: string): void {
    if (this.fails === call) throw new Error(`${call} failed`);
    this.calls.push(call);
  }
}

describe('closeHandler', () => {
  it('acquires, flushes, closes and releases', async () => {
    const handler = new Noting();

    await closeHandler(handler);

    expect(handler.calls).toEqual(['acquire', 'flush', 'close', 'release']);
  });

  it.each([
    ['flush', ['acquire', 'close', 'release']],
    ['close', ['acquire', 'flush', 'release']],
    ['acquire', ['release']],
  ])('continues when %s fails, and reports it', async (fails, calls) => {
    const stderr = capturedStderr();
    const handler = new Noting({ name: `shutdown: ${fails} fails` });
    handler.fails = fails;

    await closeHandler(handler);

    expect(handler.calls).toEqual(calls);
    expect(stderr.text).toContain(`${fails} failed`);
  });

  it('does not flush a MemoryHandler with flushOnClose: false', async () => {
    const target = new CollectingHandler();
    const handler = new MemoryHandler(10, { target, flushOnClose: false });
    handler.handle(some.record());

    await closeHandler(handler);

    expect(target.messages).toEqual([]);
  });

  it('does not exceed its time limit for a handler that never ends', async () => {
    const stderr = capturedStderr();
    class Stuck extends CollectingHandler {
      override flush(): Promise<void> {
        return new Promise(() => {});
      }
    }

    await closeHandler(new Stuck({ name: 'stuck' }), 10);

    expect(stderr.text).toContain(
      'Stuck stuck: the flush at shutdown failed: Error: not finished within 10 ms',
    );
    expect(diagnostics.count('Stuck stuck')).toBe(1);
  });

  it('waits for an asynchronous flush and leaves no timer behind', async () => {
    const order: string[] = [];
    class Slow extends CollectingHandler {
      override async flush(): Promise<void> {
        await new Promise((resolve) => setImmediate(resolve));
        order.push('flushed');
      }
      override close(): void {
        order.push('closed');
        void super.close();
      }
    }
    const before = process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;

    await closeHandler(new Slow());

    expect(order).toEqual(['flushed', 'closed']);
    expect(process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length).toBe(before);
  });
});

describe('shutdown', { timeout: 30_000 }, () => {
  it('closes the newest handler first, so that one that feeds another is drained before it', async () => {
    const { stdout } = await runChild(
      `const { Handler } = lib('core/handler');
       const { MemoryHandler } = lib('handlers');
       const { makeLogRecord } = lib('core/record-factory');
       class Target extends Handler {
         emit(record) { console.log('emit ' + record.getMessage() + ' ' + this.closed); }
         close() { console.log('target closes'); super.close(); }
       }
       const target = new Target();
       const memory = new MemoryHandler(10, { target });
       memory.handle(makeLogRecord({ msg: 'held', levelno: 20 }));
       lib('core/shutdown').shutdown().then(() => console.log('done'));`,
    );

    expect(stdout).toBe('emit held false\ntarget closes\ndone\n');
  });

  it('closes the others when one fails', async () => {
    const { stdout, stderr } = await runChild(
      `const { Handler } = lib('core/handler');
       class Target extends Handler { emit() {} close() { console.log('closed'); super.close(); } }
       class Failing extends Handler { emit() {} flush() { throw new Error('flush failed'); } async close() { throw new Error('close failed'); } }
       const all = [new Target(), new Failing(), new Target()];
       lib('core/shutdown').shutdown().then(() => console.log('done', all.length));`,
    );

    expect(stdout).toBe('closed\nclosed\ndone 3\n');
    expect(stderr).toContain('flush failed');
  });

  it('survives a handler that fails and does not know its name, as one whose constructor threw', async () => {
    const { stdout, stderr, code } = await runChild(
      `const { Handler } = lib('core/handler');
       class Half extends Handler {
         constructor() { super(); throw new Error('no stream'); }
         flush() { throw new Error('flush failed'); }
         describe() { throw new Error('no name'); }
       }
       try { new Half(); } catch (error) { console.log(error.message); }
       lib('core/shutdown').shutdown().then(() => { console.log('done'); try { new Half(); } catch {} });`,
    );

    expect([stdout, code]).toEqual(['no stream\ndone\n', 0]);
    expect(stderr).toContain('Half: the flush at shutdown failed: Error: flush failed');
  });
});

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
