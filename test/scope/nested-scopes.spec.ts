/** Scopes inside one another: whose records are written, when, and with which fields. */
import { describe, expect, it } from 'vitest';
import { currentScope } from '../../lib/scope/current';
import { partsOfTree } from './scope-tree';

describe('A scope inside another', () => {
  it('hands its records to the outer one when it succeeds', () => {
    const { run, log, target } = partsOfTree();
    expect(() =>
      run({}, () => {
        log.debug('outer');
        run({}, () => log.debug('inner'));
        throw new Error('boom');
      }),
    ).toThrow('boom');

    expect(target.messages).toEqual(['outer', 'inner', 'call failed']);
    expect(target.records.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it('hands everything to an outer one that holds everything too', () => {
    const { run, log, target } = partsOfTree();
    target.setLevel('INFO');
    const work = (fail: boolean): void => {
      run({ passThroughLevel: null }, () => {
        log.debug('outer');
        run({ passThroughLevel: null }, () => {
          log.debug('inner');
          log.info('noted');
        });
        if (fail) throw new Error('boom');
      });
    };

    work(false);
    expect(target.messages).toEqual(['noted']);
    target.clear();
    expect(() => work(true)).toThrow('boom');

    expect(target.messages).toEqual(['outer', 'inner', 'noted', 'call failed']);
  });

  it("drops them with nested 'discard'", () => {
    const { run, log, target } = partsOfTree();
    expect(() =>
      run({}, () => {
        run({ nested: 'discard' }, () => log.debug('inner'));
        throw new Error('boom');
      }),
    ).toThrow('boom');

    expect(target.messages).toEqual(['call failed']);
  });

  it('writes itself when it fails, and not the outer one that goes on', () => {
    const { run, log, target } = partsOfTree();
    run({}, () => {
      log.debug('outer');
      expect(() =>
        run({}, () => {
          log.debug('inner');
          throw new Error('caught');
        }),
      ).toThrow('caught');
    });

    expect(target.messages).toEqual(['inner', 'call failed']);
  });

  it('writes an Error once that passes through both', () => {
    const { run, log, target } = partsOfTree();
    expect(() =>
      run({}, () => {
        log.debug('outer');
        run({}, () => {
          log.debug('inner');
          throw new Error('boom');
        });
      }),
    ).toThrow('boom');

    expect(target.messages).toEqual(['inner', 'call failed', 'outer']);
  });

  it('leaves its fields, with those of the outer one, on the records that it hands over', () => {
    const { run, log, target } = partsOfTree();
    expect(() =>
      run({ fields: { requestId: 'r-1' } }, () => {
        run({ fields: { orderId: 7 } }, () => log.debug('inner'));
        throw new Error('boom');
      }),
    ).toThrow('boom');

    expect(target.records[0]?.context?.fields).toEqual({ requestId: 'r-1', orderId: 7 });
  });

  it('has the fields of the outer one', () => {
    const { run, log, target } = partsOfTree();
    run({ fields: { requestId: 'r-1' } }, () => run({}, () => log.info('inner')));

    expect(target.records[0]?.context?.fields).toEqual({ requestId: 'r-1' });
  });

  it('passes through when the outer one does', () => {
    const { run, log, target } = partsOfTree();
    run({}, () => {
      log.error('trigger');
      run({}, () => log.debug('inner'));
    });

    expect(target.messages).toEqual(['trigger', 'inner']);
  });

  it('marks what it had held when the outer one was written meanwhile', () => {
    const { tree, run, log, target } = partsOfTree();
    run({}, () => {
      const outer = currentScope();
      run({}, () => {
        log.debug('inner');
        tree.runIn(outer, () => log.error('outer fails'));
      });
    });

    expect(target.messages).toEqual(['outer fails', 'inner']);
    expect(tree.target.records[1]?.hindsight).toBeDefined();
  });

  it('does not write the outer one for an ERROR that it held', () => {
    const { run, log, target } = partsOfTree();
    run({}, () => {
      log.debug('outer');
      run({ excludeErrors: [TypeError], passThroughLevel: null }, () => log.error('held, then written'));
    });

    expect(target.messages).not.toContain('outer');
  });

  it('writes its records when it outlives the outer one and fails', async () => {
    const { run, log, target } = partsOfTree();
    let inner: Promise<void> | undefined;
    run({}, () => {
      inner = run({}, async () => {
        log.debug('inner');
        await Promise.resolve();
        throw new Error('floating');
      });
    });
    await expect(inner).rejects.toThrow('floating');

    expect(target.messages).toEqual(['inner', 'call failed']);
  });

  it('hands over what it logs after its end, while the outer one is open', () => {
    const { tree, run, log, target } = partsOfTree();
    expect(() =>
      run({}, () => {
        const inner = run({}, () => currentScope());
        tree.runIn(inner, () => log.debug('floating'));
        throw new Error('boom');
      }),
    ).toThrow('boom');

    expect(target.messages).toEqual(['floating', 'call failed']);
  });

  it('does not mix calls that run at the same time', async () => {
    const { run, log, target } = partsOfTree();
    const call = async (name: string, fails: boolean): Promise<void> =>
      run({}, async () => {
        log.debug(`${name} 1`);
        await Promise.resolve();
        log.debug(`${name} 2`);
        if (fails) throw new Error(name);
      });

    await Promise.allSettled([call('a', false), call('b', true), call('c', false)]);

    expect(target.messages).toEqual(['b 1', 'b 2', 'call failed']);
  });
});
