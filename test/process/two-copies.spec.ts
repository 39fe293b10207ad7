import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiledLib } from '../support/compiled-lib';
import { otherVersion } from '../support/other-version';
import { tempDir } from '../support/temp-dir';
import { ORDERS, runCopies, type Ran } from '../support/two-copies';

let other: string;

beforeAll(async () => {
  other = await otherVersion();
});

afterAll(() => rmSync(other, { recursive: true }));

describe.each(ORDERS)('two copies of the package in a process: %s', (_title, otherFirst, appIs) => {
  async function outcome(program: string, directory = ''): Promise<Ran> {
    const copies = [await compiledLib(), other];
    return runCopies([...(otherFirst ? copies.toReversed() : copies), appIs, directory], program);
  }

  async function told(program: string): Promise<unknown> {
    const { stdout, stderr } = await outcome(program);
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  }

  it('log to one tree', async () => {
    const program = `
      root.addHandler(target);
      lib.getLogger('lib.part').warning('from %s', 'the library');
      lib.getLogger('lib').setLevel('DEBUG');
      lib.getLogger('lib.part').debug('detail');
      app.getLogger('lib.part').debug('asked by the application');
      app.getLogger('lib').propagate = false;
      app.getLogger('lib').addHandler(new app.NullHandler());
      lib.getLogger('lib.part').error('kept off');
      app.getLogger('lib').propagate = true;
      lib.disable('ERROR');
      root.error('disabled');
      app.disable('NOTSET');
      tell([lines, [...app.defaultManager.loggers.keys()], app.getLogger('lib').getChildren().size]);`;
    expect(await told(program)).toEqual([
      [
        'lib.part WARNING from the library',
        'lib.part DEBUG detail',
        'lib.part DEBUG asked by the application',
      ],
      ['lib.part', 'lib'],
      1,
    ]);
  });

  it("print each other's records as their own", async () => {
    const program = `
      const json = (from) => new from.StreamHandler(stream, { formatter: new from.JsonFormatter({ redact: ['token'] }) });
      root.addHandler(json(app));
      root.addHandler(json(lib));
      const error = new Error('broken');
      for (const { getLogger } of copies) {
        const logger = getLogger('same');
        logger.warning('%d sold', 2, { order: 7, token: 'secret' });
        logger.exception('went wrong', error, { order: 8 });
        logger.error('failed', error);
      }
      const plain = lines.map((line) => line.replace(/"time":"[^"]+"/, ''));
      tell([new Set(plain).size, lines.length, lines.some((line) => line.includes('secret'))]);`;
    expect(await told(program)).toEqual([3, 12, false]);
  });

  it('hold the records of the library in a scope of the application', async () => {
    const program = `
      root.setLevel('DEBUG');
      root.addHandler(new app.HindsightHandler(target));
      const part = lib.getLogger('lib');
      app.runInScope(quiet, () => part.debug('of a success'));
      attempt(() => app.runInScope(quiet, () => { part.debug('step %d', 1); part.info('at once'); throw new Error('bad'); }));
      tell();`;
    expect(await told(program)).toEqual(
      ['lib INFO at once', 'lib DEBUG step 1', 'call ERROR call failed\n']
        .map((line) => line.trim())
        .map((line) => expect.stringContaining(line)),
    );
  });

  it('hold the records of both in a scope of the library', async () => {
    const program = `
      root.setLevel('DEBUG');
      root.addHandler(new app.HindsightHandler(target));
      lib.runInScope(quiet, () => root.debug('of a success'));
      attempt(() => lib.runInScope(quiet, () => {
        root.debug('of the application');
        lib.getLogger('lib').debug('of the library');
        throw new Error('bad');
      }));
      tell();`;
    expect(await told(program)).toEqual([
      'root DEBUG of the application',
      'lib DEBUG of the library',
      expect.stringContaining('call ERROR call failed'),
    ]);
  });

  it('hand what a scope inside another held to the outer one', async () => {
    const program = `
      root.setLevel('DEBUG');
      root.addHandler(new app.HindsightHandler(target));
      attempt(() => app.runInScope({ ...quiet, fields: { request: 1 } }, () => {
        root.debug('before');
        lib.runInScope(quiet, () => {
          lib.getLogger('lib').debug('inside');
          app.runInScope(quiet, () => root.debug('innermost'));
        });
        throw new Error('bad');
      }));
      app.runInScope(quiet, () => lib.runInScope(quiet, () => root.debug('of a success')));
      tell(lines.slice(0, -1));`;
    expect(await told(program)).toEqual(['root DEBUG before', 'lib DEBUG inside', 'root DEBUG innermost']);
  });

  it('find the handler of the other for a decorated function', async () => {
    const program = `
      root.setLevel('DEBUG');
      root.addHandler(new app.HindsightHandler(target));
      const place = lib.logIfErrors(lib.getLogger('lib'))((ok) => {
        lib.getLogger('lib').debug(ok ? 'of a success' : 'why');
        if (!ok) throw new Error('bad');
      });
      place(true);
      attempt(() => place(false));
      tell();`;
    expect(await told(program)).toEqual(['lib DEBUG why', expect.stringContaining('lib ERROR')]);
  });

  it('count and close what the other has made', async () => {
    const program = `
      const memory = new lib.MemoryHandler(10, { target, name: 'memory' });
      root.addHandler(memory);
      root.warning('waits');
      for (const { runInScope } of copies) runInScope(quiet, () => 1);
      const found = app.getHandlerByName('memory') === memory;
      app.diagnostics.report({ source: 'a', what: 'b' });
      app.shutdown().then(() => tell([found, lines, memory.closed, copies.map(({ stats, diagnostics }) => [stats().scopes.opened, diagnostics.total])]));`;
    const { stdout, stderr } = await outcome(program);
    expect(stderr).toBe('nestjs-hindsight: a: b\n');
    expect(JSON.parse(stdout)).toEqual([
      true,
      ['root WARNING waits'],
      true,
      [
        [2, 1],
        [2, 1],
      ],
    ]);
  });

  it('set fields in the innermost scope, whichever copy has opened it', async () => {
    const program = `
      root.setLevel('DEBUG');
      root.addHandler(new app.HindsightHandler(new app.StreamHandler(stream, { formatter: new app.JsonFormatter() })));
      attempt(() => app.runInScope(quiet, () => {
        lib.runInScope(quiet, () => {
          root.debug('inner');
          app.setFields({ step: 1 });
        });
        lib.setFields({ tenant: 'a' });
        throw new Error('failed');
      }));
      tell(lines.map((line) => JSON.parse(line)).map(({ message, step, tenant }) => [message, step, tenant]));`;
    expect(await told(program)).toEqual([
      ['inner', 1, 'a'],
      ['call failed', null, 'a'],
    ]);
  });

  it('write what they hold when the process crashes', async () => {
    const directory = tempDir();
    const program = `
      const file = (from, name) => new from.FileHandler(directory + '/' + name, { buffer: {}, formatter: new from.Formatter('%(message)s') });
      root.setLevel('DEBUG');
      root.addHandler(new app.HindsightHandler(file(app, 'app.log')));
      root.addHandler(file(lib, 'lib.log'));
      const failing = (from) => () => { lib.getLogger('lib').debug('last words'); root.debug('and these'); throw new Error('ends it'); };
      setImmediate(() => app.runInScope(quiet, () => setTimeout(() => { root.debug('of the application'); lib.runInScope(quiet, () => setTimeout(failing(lib), 1)); }, 1)));`;
    const { code } = await outcome(program, directory);
    expect(code).toBe(1);
    const [ofApp, ofLib] = ['app.log', 'lib.log'].map((name) => readFileSync(join(directory, name), 'utf8'));
    expect(ofLib?.split('\n').slice(0, 3)).toEqual(['of the application', 'last words', 'and these']);
    for (const words of ['of the application', 'last words', 'and these', 'ends it'])
      expect(ofApp).toContain(words);
  });
});
