import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compiledLib } from '../support/compiled-lib';
import { tempDir } from '../support/temp-dir';
import { ORDERS, runCopies, type Ran } from '../support/two-copies';

/** The build of commit 01419e2, which shared objects of its classes; see `test/support/pack-earlier-copy.mjs`. */
const EARLIER = join(__dirname, '../support/earlier-copy.cjs.gz');

describe.each(ORDERS)('a copy from before 0.1.0 in the process: %s', (_title, otherFirst, appIs) => {
  async function outcome(program: string): Promise<Ran> {
    const earlier = tempDir();
    writeFileSync(join(earlier, 'logging.js'), gunzipSync(readFileSync(EARLIER)));
    const copies = [await compiledLib(), earlier];
    return runCopies([...(otherFirst ? copies.toReversed() : copies), appIs, tempDir()], program);
  }

  async function told(program: string): Promise<unknown> {
    const { stdout, stderr } = await outcome(program);
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  }

  it('logs to the same tree', async () => {
    const program = `
      root.addHandler(target);
      lib.getLogger('lib.part').warning('from %s', 'the library');
      app.getLogger('lib').setLevel('DEBUG');
      lib.getLogger('lib.part').debug('detail');
      app.getLogger('other').error('from the application');
      const own = new lib.StreamHandler(stream, { formatter: new lib.Formatter('lib: %(message)s') });
      lib.getLogger('other').addHandler(own);
      app.getLogger('other').error('to both', { order: 7 });
      lib.disable('ERROR');
      root.error('disabled');
      app.disable('NOTSET');
      tell([lines, [...app.defaultManager.loggers.keys()].toSorted()]);`;
    expect(await told(program)).toEqual([
      [
        'lib.part WARNING from the library',
        'lib.part DEBUG detail',
        'other ERROR from the application',
        'lib: to both',
        'other ERROR to both',
      ],
      ['lib', 'lib.part', 'other'],
    ]);
  });

  it.each([0, 1])('holds the records of both copies in a scope of copy %i', async (which) => {
    const program = `
      root.setLevel('DEBUG');
      root.addHandler(new app.HindsightHandler(target));
      const { runInScope } = copies[${which}];
      const work = () => { for (const { getLogger } of copies) getLogger('part').debug('step'); };
      runInScope(quiet, work);
      attempt(() => runInScope(quiet, () => { work(); throw new Error('bad'); }));
      tell(lines.map((line) => line.split('\\n')[0]));`;
    expect(await told(program)).toEqual(['part DEBUG step', 'part DEBUG step', 'call ERROR call failed']);
  });

  /** The earlier copy assumes that every scope is an instance of its own class, and may report an error. */
  it('writes the records of the outer scope if it contains a scope of the other copy', async () => {
    const { code, stdout } = await outcome(`
      root.setLevel('DEBUG');
      root.addHandler(new app.HindsightHandler(target));
      for (const [outer, inner] of [[app, lib], [lib, app]]) {
        attempt(() => outer.runInScope(quiet, () => {
          root.debug('outside');
          attempt(() => inner.runInScope(quiet, () => root.debug('inside')));
          throw new Error('bad');
        }));
      }
      tell();`);
    expect(code).toBe(0);
    const lines = JSON.parse(stdout) as string[];
    expect(lines.filter((line) => line === 'root DEBUG outside')).toHaveLength(2);
  });

  it('closes each handler once, whichever copy shuts down first', async () => {
    const program = `
      const closed = [];
      for (const copy of copies) {
        const handler = new copy.StreamHandler(stream, { name: closed.push(0) === 1 ? 'a' : 'b' });
        const at = closed.length - 1;
        const close = handler.close.bind(handler);
        handler.close = () => { closed[at]++; return close(); };
        root.addHandler(handler);
      }
      const names = copies.map(({ getHandlerNames }) => [...getHandlerNames()].toSorted());
      lib.shutdown().then(() => app.shutdown()).then(() => tell([closed, names]));`;
    expect(await told(program)).toEqual([
      [1, 1],
      [
        ['a', 'b'],
        ['a', 'b'],
      ],
    ]);
  });
});
