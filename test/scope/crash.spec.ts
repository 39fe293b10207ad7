/** What is written when a process crashes, in processes of their own. */
import { describe, expect, it } from 'vitest';
import { runChild } from '../support/child';

/** A tree on stdout, and a scope that has held a record. */
const PROLOGUE = `
const { Manager, StreamHandler, HindsightHandler, runInScope } = lib('logging');
const manager = new Manager();
manager.root.setLevel('DEBUG');
manager.root.addHandler(new HindsightHandler(new StreamHandler(process.stdout)));
const log = manager.getLogger('shop');
const inScope = (work, options = {}) => runInScope({ manager, dumpRecord: false, ...options }, work);
`;

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !/^\s+at |^node:|^\[cause\]/.test(line));
}

describe('watchCrashes', { timeout: 30_000 }, () => {
  it('writes the scope of an uncaught exception before the process ends', async () => {
    const { stdout, stderr, code } = await runChild(`${PROLOGUE}
      inScope(() => {
        log.debug('context');
        return new Promise(() => setTimeout(() => { throw new Error('from a timer'); }, 1));
      });`);

    expect(code).toBe(1);
    expect(lines(stdout)).toEqual(['context', 'call failed', 'Error: from a timer']);
    expect(stderr).toContain('from a timer');
  });

  it('writes the scope of a floating rejection, once', async () => {
    const { stdout, code } = await runChild(`${PROLOGUE}
      inScope(() => {
        log.debug('context');
        Promise.resolve().then(() => { throw new Error('floating'); });
        return new Promise(() => setTimeout(() => {}, 1000));
      });`);

    expect(code).toBe(1);
    expect(lines(stdout)).toEqual(['context', 'call failed', 'Error: floating']);
  });

  it('writes a scope that had succeeded when its floating promise rejects', async () => {
    const { stdout } = await runChild(`${PROLOGUE}
      inScope(() => {
        log.debug('context');
        setTimeout(() => Promise.reject(new Error('late')), 5);
      });`);

    expect(lines(stdout)).toEqual(['context', 'call failed', 'Error: late']);
  });

  it('writes the scopes around the one that crashed', async () => {
    const { stdout } = await runChild(`${PROLOGUE}
      inScope(() => {
        log.debug('request');
        inScope(() => {
          log.debug('call');
          setTimeout(() => { throw new Error('boom'); }, 1);
        });
        return new Promise(() => {});
      });`);

    expect(lines(stdout)).toEqual(['call failed', 'Error: boom', 'request', 'call']);
  });

  it('does not write the scopes of others', async () => {
    const { stdout } = await runChild(`${PROLOGUE}
      inScope(() => { log.debug('healthy'); return new Promise(() => {}); });
      inScope(() => {
        log.debug('failing');
        return new Promise(() => setTimeout(() => { throw new Error('boom'); }, 1));
      });`);

    expect(lines(stdout)).toEqual(['failing', 'call failed', 'Error: boom']);
  });

  it('writes the Error once when an application handles it and goes on', async () => {
    const { stdout, code } = await runChild(`${PROLOGUE}
      process.on('uncaughtException', () => {});
      inScope(() => {
        log.debug('context');
        setTimeout(() => { throw new Error('survived'); }, 1);
        return new Promise((resolve) => setTimeout(resolve, 30));
      }).then(() => log.info('alive'));`);

    expect(code).toBe(0);
    expect(lines(stdout)).toEqual(['context', 'call failed', 'Error: survived', 'alive']);
  });

  it("follows an application's own unhandledRejection handler, and lets the process live on", async () => {
    const { stdout, code } = await runChild(`${PROLOGUE}
      process.on('unhandledRejection', () => log.info('handler'));
      inScope(() => {
        log.debug('context');
        Promise.reject(new Error('floating'));
        return new Promise((resolve) => setTimeout(resolve, 20));
      });`);

    expect(code).toBe(0);
    expect(lines(stdout)).toEqual(['context', 'call failed', 'Error: floating', 'handler']);
  });

  it('adds no unhandledRejection listener, and lets a rejection end the process when the application takes its own away', async () => {
    const { stdout, code } = await runChild(`${PROLOGUE}
      inScope(() => {});
      const count = () => process.listenerCount('unhandledRejection');
      const own = () => {};
      const counts = [count()];
      process.on('unhandledRejection', own); counts.push(count());
      process.once('unhandledRejection', own); counts.push(count());
      process.off('unhandledRejection', own); process.off('unhandledRejection', own); counts.push(count());
      console.log(JSON.stringify(counts));
      inScope(() => {});
      Promise.reject(new Error('must still end the process'));`);

    expect(lines(stdout)).toEqual(['[0,1,2,0]']);
    expect(code).toBe(1);
  });

  it('writes all of a dump that is larger than a turn before the process ends', async () => {
    const { stdout } = await runChild(`${PROLOGUE}
      inScope(() => {
        for (let i = 0; i < 20_000; i++) log.debug('record %d', i);
        return new Promise(() => setTimeout(() => { throw new Error('boom'); }, 1));
      }, { capacity: 20_000 });`);

    expect(lines(stdout)).toHaveLength(20_002);
    expect(lines(stdout)[19_999]).toBe('record 19999');
  });

  it('writes the scope that ends the process by process.exit, with what is around it, before the handlers are flushed', async () => {
    const { stdout, code } = await runChild(`${PROLOGUE}
      const { MemoryHandler } = lib('logging');
      manager.root.handlers[0].target.setFormatter({ format: (record) => record.hindsight.reason + ' ' + record.getMessage() });
      const memory = new MemoryHandler(100, { flushLevel: 'CRITICAL', target: manager.root.handlers[0].target });
      manager.root.removeHandler(manager.root.handlers[0]);
      manager.root.addHandler(new HindsightHandler(memory));
      inScope(() => { log.debug('healthy'); return new Promise(() => {}); });
      inScope(() => {
        log.debug('request');
        inScope(async () => { log.debug('call'); await null; process.exit(3); });
        return new Promise(() => {});
      });`);

    expect(code).toBe(3);
    expect(lines(stdout)).toEqual(['exit call', 'exit request']);
  });

  it.each(['warn', 'none'])(
    'writes the scope of a floating rejection that --unhandled-rejections=%s lets pass',
    async (mode) => {
      const { stdout, stderr, code } = await runChild(
        `${PROLOGUE}
      inScope(() => {
        log.debug('context');
        Promise.reject(new Error('floating'));
        return new Promise((resolve) => setTimeout(resolve, 20));
      }).then(() => log.info('alive'));`,
        { env: { NODE_OPTIONS: `--unhandled-rejections=${mode}` } },
      );

      expect(code).toBe(0);
      expect(lines(stdout)).toEqual(['context', 'call failed', 'Error: floating', 'alive']);
      expect(stderr.includes('UnhandledPromiseRejectionWarning')).toBe(mode === 'warn');
    },
  );

  it('writes the scope in which undefined was thrown', async () => {
    const { stdout, code } = await runChild(`${PROLOGUE}
      inScope(() => {
        log.debug('context');
        return new Promise(() => setTimeout(() => { throw undefined; }, 1));
      });`);

    expect(code).toBe(1);
    expect(lines(stdout)).toEqual(['context', 'call failed', 'Error: failed with undefined']);
  });

  it('keeps no process alive: neither a kept scope, nor a slow limit, nor a promise that never settles', async () => {
    const { stdout, code } = await runChild(`${PROLOGUE}
      const started = Date.now();
      inScope(() => log.debug('context'), { lingerMs: 60_000 });
      inScope(() => new Promise(() => {}), { slowMs: 60_000 });
      process.on('exit', () => console.log(Date.now() - started < 5000));`);

    expect(code).toBe(0);
    expect(lines(stdout)).toEqual(['true']);
  });

  it('installs its listeners once', async () => {
    const { stdout } = await runChild(`${PROLOGUE}
      const count = () => process.listenerCount('uncaughtExceptionMonitor') + process.listenerCount('newListener');
      inScope(() => {});
      const first = count();
      for (let i = 0; i < 100; i++) inScope(() => {});
      console.log(count() - first);`);

    expect(lines(stdout)).toEqual(['0']);
  });

  it('does not mistake a caught Error for a crash', async () => {
    const { stdout, code } = await runChild(`${PROLOGUE}
      inScope(async () => {
        log.debug('context');
        await Promise.reject(new Error('caught')).catch(() => {});
      });`);

    expect(code).toBe(0);
    expect(stdout).toBe('');
  });
});
