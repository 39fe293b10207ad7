/** What stays in memory, in processes of their own. */
import { describe, expect, it } from 'vitest';
import { inChild } from './collected-child';

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

  it.each([
    ['one after the other', 1, ''],
    ['pipelined', 20, ''],
    ['settled by hand before their answers', 1, 'scope.settle();'],
  ])('does not keep the scopes of requests for their connection: %s', async (_how, atOnce, byHand) => {
    const result = await inChild(`
      const http = require('node:http');
      const { once } = require('node:events');
      const { connect } = require('node:net');
      const { openHttpScope } = lib('scope/http/open');
      const { compileScopeOptions } = lib('scope/compile-options');
      const { contextStorage } = lib('core/record-context');
      const options = compileScopeOptions({ lingerMs: 5 });
      const scopes = [];
      const server = http.createServer((request, response) => {
        const scope = openHttpScope(request, response, { options, tree: manager });
        scopes.push(new WeakRef(scope));
        contextStorage.run(scope, () => { log.debug('x'); setTimeout(() => response.end('ok'), 2); });
        ${byHand}
      });
      await once(server.listen(0), 'listening');
      const socket = connect(server.address().port);
      let received = '';
      socket.setEncoding('latin1').on('data', (text) => (received += text));
      for (let sent = 0; sent < 20; ) {
        socket.write('GET / HTTP/1.1\\r\\nHost: shop\\r\\n\\r\\n'.repeat(${atOnce}));
        sent += ${atOnce};
        while (received.split('HTTP/1.1 200').length <= sent) await wait(1);
      }
      // Node itself keeps the context of a connection's first and of its newest request, whatever it is.
      const others = scopes.slice(1, -1);
      await until(() => alive(others) === 0);
      say({ open: !socket.destroyed, scopes: scopes.length, kept: alive(others) });
      socket.destroy();
      server.close();
    `);

    expect(result).toEqual({ open: true, scopes: 20, kept: 0 });
  });
});
