/** The edges on which others cut themselves: each of these was shipped as a bug by somebody. */
import { AsyncResource } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../lib/core/log-record';
import { contextStorage } from '../../lib/core/record-context';
import { DeliveryError } from '../../lib/errors';
import { Formatter, JsonFormatter, PrettyFormatter } from '../../lib/formatters';
import { FileHandler, StreamHandler } from '../../lib/handlers';
import { HindsightHandler } from '../../lib/scope/hindsight.handler';
import { logIfErrors } from '../../lib/scope/log-if-errors';
import { RequestMemoryHandler } from '../../lib/scope/request-memory.handler';
import { stats } from '../../lib/scope/scope-registry';
import { currentScope } from '../../lib/scope/scope-storage';
import { CollectingHandler, ManualClock } from '../../lib/testing';
import { runChild } from '../support/child';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';
import { scopedServer } from './http-server';
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

/** For a child: a tree whose target keeps nothing, and a way to collect garbage. */
const CHILD = `
require('node:v8').setFlagsFromString('--expose-gc');
const gc = require('node:vm').runInNewContext('gc');
const { Manager, HindsightHandler, runInScope, currentScope, Handler, stats } = lib('logging');
class Nowhere extends Handler { emit() {} }
const manager = new Manager();
manager.root.setLevel('DEBUG');
manager.root.addHandler(new HindsightHandler(new Nowhere()));
const log = manager.getLogger('shop');
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
async function collect() { for (let i = 0; i < 5; i++) { await wait(1); gc(); } }
/** With garbage collected in between; the outcome is compared afterwards, also when it did not come true. */
async function until(condition) { for (let i = 0; i < 2000 && !condition(); i++) { await wait(5); gc(); } }
const alive = (refs) => refs.filter((ref) => ref.deref() !== undefined).length;
const say = (value) => console.log(JSON.stringify(value));
`;

async function inChild(program: string): Promise<unknown> {
  const { stdout, stderr } = await runChild(`${CHILD}(async () => {${program}})();`);
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

describe('memory', { timeout: 30_000 }, () => {
  it(
    'returns to its baseline after 100 000 successes and 100 000 failures',
    { timeout: 120_000 },
    async () => {
      const result = (await inChild(`
      async function requests(count, fails) {
        for (let i = 0; i < count; i++) {
          try {
            await runInScope({ manager, fields: { requestId: 'r-' + i }, maxDumpsPerSecond: false, lingerMs: 200 }, async () => {
              for (let n = 0; n < 5; n++) log.debug('order %d of %s', n, i, { i });
              await null;
              if (fails) throw new Error('boom ' + i);
            });
          } catch {}
          if (i % 500 === 0) await wait(0);
        }
      }
      async function heap() {
        let [before, now] = [Infinity, 0];
        for (let i = 0; i < 200 && (stats().records.held > 0 || Math.abs(before - now) > 100_000); i++) {
          before = now;
          await wait(50);
          await collect();
          now = process.memoryUsage().heapUsed;
        }
        return now;
      }
      await requests(2000, false);
      await requests(2000, true);
      const baseline = await heap();
      await requests(100_000, false);
      const succeeded = await heap();
      await requests(100_000, true);
      const failed = await heap();
      const { scopes, records } = stats();
      say({ grewBy: [succeeded - baseline, failed - baseline], held: records.held, live: scopes.live, dumped: records.dumped });
    `)) as { readonly grewBy: readonly number[] };

      expect(Math.max(...result.grewBy)).toBeLessThan(1_000_000);
      expect(result).toMatchObject({ held: 0, live: 0, dumped: 5 * 102_000 });
    },
  );

  it('does not keep a scope for a promise that never settles, however much it holds', async () => {
    const result = await inChild(`
      const scopes = [];
      for (const records of [10, 500]) {
        runInScope({ manager }, () => {
          scopes.push(new WeakRef(currentScope()));
          for (let i = 0; i < records; i++) log.debug('held %d', i);
          return new Promise(() => {});
        });
      }
      await until(() => alive(scopes) === 0 && stats().scopes.live === 0);
      say({ kept: alive(scopes), live: stats().scopes.live, held: stats().records.held });
    `);

    expect(result).toEqual({ kept: 0, live: 0, held: 0 });
  });

  it('does not keep what a request held for a promise of it that somebody keeps', async () => {
    const result = await inChild(`
      const kept = [];
      let argument;
      runInScope({ manager, lingerMs: 20 }, () => {
        const order = new (class Order {})();
        argument = new WeakRef(order);
        log.debug('order', order);
        kept.push(new Promise(() => {}).then(() => currentScope()));
      });
      await until(() => argument.deref() === undefined);
      say({ kept: kept.length, argument: argument.deref() === undefined });
    `);

    expect(result).toEqual({ kept: 1, argument: true });
  });

  it('does not keep the scope of a request for its keep-alive connection', async () => {
    const result = await inChild(`
      const http = require('node:http');
      const { once } = require('node:events');
      const { openHttpScope } = lib('scope/http-scope');
      const { compileScopeOptions } = lib('scope/scope-options');
      const { contextStorage } = lib('core/record-context');
      const options = compileScopeOptions({ lingerMs: 5 });
      const scopes = [];
      const server = http.createServer((request, response) => {
        const scope = openHttpScope(request, response, { options, tree: manager });
        scopes.push(new WeakRef(scope));
        contextStorage.run(scope, () => { log.debug('x'); response.end('ok'); });
      });
      await once(server.listen(0), 'listening');
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      for (let i = 0; i < 20; i++) {
        const request = http.get({ port: server.address().port, agent });
        const [response] = await once(request, 'response');
        response.resume();
        await once(response, 'end');
      }
      // Node itself keeps the context of a connection's first and of its newest request, whatever it is.
      const others = scopes.slice(1, -1);
      await until(() => alive(others) === 0 && Object.values(agent.freeSockets).flat().length === 1);
      say({ sockets: Object.values(agent.freeSockets).flat().length, kept: alive(others) });
      agent.destroy();
      server.close();
    `);

    expect(result).toEqual({ sockets: 1, kept: 0 });
  });

  it.each([
    [0, ['3 records are missing here: the scope was full']],
    [1, ['2 records are missing here: the scope was full', 'record 3']],
    [2, ['record 1', '1 records are missing here: the scope was full', 'record 3']],
    [3, ['record 1', 'record 2', 'record 3']],
  ])('holds exactly %d records with that capacity', (capacity, expected) => {
    const tree = scopeTree();
    tree.run({ capacity }, () => {
      for (let i = 1; i <= 3; i++) tree.log.debug(`record ${i}`);
      tree.log.error('trigger');
    });

    expect(tree.messages).toEqual([...expected, 'trigger']);
  });

  it.each([[-1], [Number.NaN], [Infinity], [0.5]])('refuses a capacity of %d', (capacity) => {
    expect(() => scopeTree().run({ capacity }, () => {})).toThrow(
      '"capacity" must be a non-negative integer',
    );
  });
});

describe('isolation', () => {
  it('keeps two requests with the same x-request-id apart', async () => {
    const tree = scopeTree();
    const server = await scopedServer(tree, async (request, response) => {
      tree.log.debug(`in ${request.url}`);
      await nextTurn();
      if (request.url === '/bad') throw new Error('boom');
      response.end();
    });
    const headers = { 'x-request-id': 'same' };
    await Promise.all([server.get('/good', { headers }), server.get('/bad', { headers })]);
    await until(() => server.scopes.every((scope) => scope?.settled));

    expect(tree.messages.filter((message) => message.startsWith('in'))).toEqual(['in /bad']);
  });

  it('leaves a client that was made outside any request outside', async () => {
    const tree = scopeTree();
    const pool = new AsyncResource('POOL');
    tree.run({}, () => {
      pool.runInAsyncScope(() => {
        expect(currentScope()).toBeUndefined();
        tree.log.debug('of the pool');
        tree.log.error('of the pool, no trigger');
      });
      tree.log.debug('of the request');
    });
    await nextTurn();

    expect(tree.messages).toEqual(['of the pool, no trigger']);
  });

  it('treats loggers first used after the dump, and child loggers, as any other', () => {
    const tree = scopeTree();
    tree.run({}, () => {
      tree.log.getChild('child').debug('child before');
      tree.log.error('trigger');
      tree.manager.getLogger('never.seen.before').debug('new');
      tree.log.getChild('child').debug('child after');
    });

    expect(tree.messages).toEqual(['child before', 'trigger', 'new', 'child after']);
  });

  it.each([
    ['with CR and LF', 'x\r\nset-cookie: stolen=1', 'Invalid character'],
    ['of 10 kB', 'x'.repeat(10_240), undefined],
  ])('does not take over an inbound id %s', async (_what, id, refusedByNode) => {
    const tree = scopeTree();
    const server = await scopedServer(tree, (_request, response) => response.end());
    const headers = { 'x-request-id': id };
    const answer = refusedByNode === undefined ? server.get('/', { headers }) : undefined;

    // Node's own client refuses the first; a hostile one sends it raw, where it is two headers.
    const raw = await server.connect();
    let text = '';
    raw.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    raw.write(`GET / HTTP/1.1\r\nHost: x\r\nx-request-id: ${id}\r\n\r\n`);
    await until(() => text.includes('\r\n\r\n'));

    expect(text).not.toMatch(/^set-cookie/im);
    expect(text).not.toContain('xxxx');
    expect((await answer)?.headers['x-request-id'] ?? '').not.toBe(id);
  });
});

describe('order', () => {
  it('keeps 1000 records of one millisecond in order', () => {
    const tree = scopeTree({ clock: new ManualClock() });
    const expected = Array.from({ length: 1000 }, (_, i) => `record ${i}`);
    tree.run({}, () => {
      for (const message of expected) tree.log.debug(message);
      tree.log.error('trigger');
    });

    expect(tree.messages).toEqual([...expected, 'trigger']);
    expect(tree.target.records.map(({ seq }) => seq)).toEqual(Array.from({ length: 1001 }, (_, i) => i + 1));
  });

  it('keeps the order of logging when the clock goes back', () => {
    const clock = new ManualClock(10_000);
    const tree = scopeTree({ clock });
    tree.run({}, () => {
      tree.log.debug('first');
      clock.advance(-5000);
      tree.log.debug('second');
      tree.log.error('trigger');
    });

    expect(tree.messages).toEqual(['first', 'second', 'trigger']);
    expect(tree.target.records.map(({ created }) => created)).toEqual([10, 5, 5]);
  });

  it('never repeats a line that passed through', () => {
    const tree = scopeTree();
    expect(() =>
      tree.run({}, () => {
        tree.log.info('passed');
        tree.log.debug('held');
        tree.log.warning('passed too');
        throw new Error('boom');
      }),
    ).toThrow('boom');

    expect(tree.messages).toEqual(['passed', 'passed too', 'held', 'call failed']);
  });

  it('marks the gap where it is, with the exact count', () => {
    const tree = scopeTree();
    tree.run({ capacity: 10, keepFirst: 3 }, () => {
      for (let i = 1; i <= 1000; i++) tree.log.debug(`${i}`);
      tree.log.error('trigger');
    });
    const dropped = tree.target.records.map(({ hindsight }) => hindsight?.dropped);

    expect(dropped.findIndex((count) => count !== undefined)).toBe(3);
    expect(dropped[3]).toBe(990);
    expect(tree.messages[4]).toBe('994');
  });

  it('tells the order of records that parallel calls hand to the outer scope', async () => {
    const tree = scopeTree();
    const call = async (name: string): Promise<void> =>
      tree.run({}, async () => {
        tree.log.debug(`${name} 1`);
        await nextTurn();
        tree.log.debug(`${name} 2`);
      });
    await expect(
      tree.run({}, async () => {
        await Promise.all([call('a'), call('b')]);
        throw new Error('boom');
      }),
    ).rejects.toThrow('boom');

    const bySeq = tree.target.records.toSorted((x, y) => x.seq - y.seq).map((record) => record.getMessage());
    expect(bySeq).toEqual(['a 1', 'b 1', 'a 2', 'b 2', 'call failed']);
  });
});

describe('the dump', () => {
  it('goes on when the target throws at the second of five, and tells the target', () => {
    const target = new FailsAtSecond();
    const tree = scopeTree({ target });
    tree.run({}, () => {
      for (let i = 1; i <= 5; i++) tree.log.debug(`${i}`);
      tree.log.error('trigger');
    });

    expect(target.messages).toEqual(['1', '3', '4', '5', 'trigger']);
    expect(target.failures).toEqual([new Error('the second fails')]);
  });

  it('ends when the target logs through the same logger', () => {
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

  it('holds what a target logs below the pass-through level while it writes', () => {
    const target = new LogsItself();
    const tree = scopeTree({ target });
    target.log = (message) => tree.log.debug(message);
    tree.run({}, () => tree.log.info('hello'));

    expect(target.messages).toEqual(['hello']);
    expect(target.failures).toEqual([]);
  });

  it('reaches the file of a target that was closed meanwhile', () => {
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

  it('of 100 000 records does not stall the event loop for 50 ms', { timeout: 60_000 }, async () => {
    const result = (await inChild(`
      const stalls = [];
      for (let round = 0; round < 40 && Math.min(...stalls, 1000) >= 50; round++) {
        let last = performance.now(), longest = 0, ticking = true;
        const scope = runInScope({ manager, capacity: 100_000, lingerMs: 2000, maxDumpsPerSecond: false }, () => {
          for (let i = 0; i < 100_000; i++) log.debug('order %d of %s', i, 'ann', { id: i });
          return new Promise((resolve) => setTimeout(() => {
            last = performance.now();
            log.error('trigger');
            resolve();
          }, 50));
        });
        const tick = () => {
          longest = Math.max(longest, performance.now() - last);
          last = performance.now();
          if (ticking) setImmediate(tick);
        };
        setTimeout(() => { last = performance.now(); longest = 0; tick(); }, 5);
        await scope;
        for (let i = 0; i < 2000 && stats().records.dumped < 100_000 * (round + 1); i++) await wait(5);
        // The turn after the last part of the dump.
        await wait(5);
        ticking = false;
        stalls.push(longest);
      }
      say({ dumped: stats().records.dumped, stalls });
    `)) as { readonly dumped: number; readonly stalls: readonly number[] };

    expect(result.dumped).toBe(100_000 * result.stalls.length);
    // The best of up to forty: the machine may be busy with other tests, and the first runs before it is compiled.
    expect(Math.min(...result.stalls)).toBeLessThan(50);
  });
});

describe('lifecycle', () => {
  it('drops a late DEBUG of a discarded scope and passes a late INFO', () => {
    const tree = scopeTree();
    const scope = tree.open();
    scope.settle();
    contextStorage.run(scope, () => {
      tree.log.debug('dropped');
      tree.log.info('passed');
    });
    scope.expire();

    expect(tree.messages).toEqual(['passed']);
  });

  it('flushes twice, and outside a scope, without harm', () => {
    const tree = scopeTree();
    const memory = new RequestMemoryHandler(tree.handler);
    memory.flush();
    tree.run({}, () => {
      tree.log.debug('context');
      memory.flush();
      memory.flush();
    });
    memory.flush();

    expect(tree.messages).toEqual(['context']);
  });

  it('keeps parallel decorated calls, of which one fails, apart', async () => {
    const tree = scopeTree();
    const call = logIfErrors(tree.log)(async (name: string) => {
      tree.log.debug(`${name} begins`);
      await nextTurn();
      if (name === 'b') throw new Error('b fails');
    });
    await tree.run({}, () => Promise.allSettled([call('a'), call('b'), call('c')]));

    expect(tree.messages).toEqual(['b begins', 'call failed']);
  });

  it('hands over from an inner call that outlives the outer one, which failed', async () => {
    const tree = scopeTree();
    let inner: Promise<void> | undefined;
    expect(() =>
      tree.run({}, () => {
        inner = tree.run({}, async () => {
          tree.log.debug('inner before');
          await nextTurn();
          tree.log.debug('inner after');
        });
        throw new Error('outer fails');
      }),
    ).toThrow('outer fails');
    await inner;

    expect(tree.messages).toEqual(['call failed', 'inner before', 'inner after']);
  });

  it('survives 1000 scopes inside one another', () => {
    const tree = scopeTree();
    const before = stats().records.held;
    const dive = (depth: number): void =>
      tree.run({}, () => {
        tree.log.debug(`depth ${depth}`);
        if (depth < 1000) dive(depth + 1);
        else throw new Error('bottom');
      });

    expect(() => dive(1)).toThrow('bottom');
    expect(tree.messages).toHaveLength(1001);
    expect(stats().records.held).toBe(before);
  });
});

describe('security', () => {
  it('does not let __proto__ in the fields of a record reach a prototype', () => {
    const tree = scopeTree();
    const fields = JSON.parse('{"__proto__": {"polluted": true}, "id": 1}') as object;
    tree.run({}, () => {
      tree.log.debug('context', fields);
      tree.log.error('trigger', fields);
    });

    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    for (const { extra } of tree.target.records) {
      expect(Object.getPrototypeOf(extra)).toBe(Object.prototype);
      expect(extra).toHaveProperty('id', 1);
    }
  });

  it('redacts the arguments of held records, of long ones too', () => {
    const target = new CollectingHandler({
      formatter: new JsonFormatter({ redact: ['password', '*.password'] }),
    });
    const tree = scopeTree({ target });
    const user = { name: 'ann', password: 'hunter2' };
    tree.run({ maxRecordBytes: 200 }, () => {
      tree.log.debug('login %j', user);
      tree.log.debug('login', user, { user });
      tree.log.debug('long %j', { name: 'x'.repeat(500), password: 'hunter2' });
      tree.log.debug(user);
      tree.log.error('trigger', user);
    });

    expect(target.messages).toHaveLength(5);
    expect(target.messages.join('\n')).not.toContain('hunter2');
    expect(target.messages[2]).toContain('more characters cut');
  });

  it('does not let a message with line breaks forge a line', () => {
    const target = new CollectingHandler({ formatter: new JsonFormatter() });
    const tree = scopeTree({ target });
    tree.run({}, () => {
      tree.log.debug('harmless\r\n{"level":"INFO","message":"forged"}');
      tree.log.error('trigger');
    });

    expect(target.messages.every((line) => !/[\r\n]/.test(line))).toBe(true);
  });

  it.each([
    ['Formatter', new Formatter('%(levelname)s %(message)s')],
    ['PrettyFormatter', new PrettyFormatter()],
    ['JsonFormatter', new JsonFormatter()],
  ])('prints each record of a dump that has line breaks on a line of its own: %s', (_name, formatter) => {
    const lines: string[] = [];
    const tree = scopeTree();
    tree.addTarget(
      new StreamHandler({ write: (text: string) => lines.push(...text.split('\n')) }, { formatter }),
    );
    const forged = '\r\nERROR forged\u2028ERROR forged\x1b[2J';
    tree.run({}, () => {
      tree.log.debug(`message ${forged}`);
      tree.log.debug('argument %s', forged, { field: forged });
      tree.log.getChild(forged).debug('of a logger with such a name');
      tree.log.error('trigger');
    });

    expect(lines.join('\n')).toContain('trigger');
    expect(lines.filter((text) => text.startsWith('ERROR forged'))).toEqual([]);
    expect(lines.filter((text) => text.includes('\r') || text.includes('\x1b[2J'))).toEqual([]);
  });

  it('hands the arguments of a held record to a formatter that redacts them', () => {
    const redact = (argument: unknown): unknown =>
      typeof argument === 'object' && argument !== null ? { ...argument, password: '[redacted]' } : argument;
    const target = new CollectingHandler({ formatter: { format: (record) => record.getMessage(redact) } });
    const tree = scopeTree({ target });
    tree.run({ maxRecordBytes: 200 }, () => {
      tree.log.debug('login %j', { user: 'ann', password: 'hunter2' });
      tree.log.debug('long %j', { user: 'x'.repeat(500), password: 'hunter2' });
      tree.log.error('trigger');
    });

    expect(target.messages).toHaveLength(3);
    expect(target.messages.join('\n')).not.toContain('hunter2');
  });
});
