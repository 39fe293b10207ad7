/** SocketHandler and DatagramHandler beside the receiver of Python's logging cookbook. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { DatagramHandler, SocketHandler, type SocketHandlerOptions } from '../../lib/handlers';
import { WARNING } from '../../lib/core/level';
import type { LogRecord } from '../../lib/core/log-record';
import { capturedStderr } from '../support/captured-stderr';
import { haveCommands } from '../support/real-means';
import { some } from '../support/some';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';
import { startPythonReceiver, type PythonReceiver } from './python-receiver';

type Way = 'TCP' | 'UDP' | 'a Unix stream' | 'Unix datagrams';

function handlerOver(
  way: Way,
  { addresses }: PythonReceiver,
  options: SocketHandlerOptions = {},
): SocketHandler {
  const make = {
    TCP: () => new SocketHandler('127.0.0.1', addresses.tcp, options),
    UDP: () => new DatagramHandler('127.0.0.1', addresses.udp, options),
    'a Unix stream': () => new SocketHandler(addresses.stream, null, options),
    'Unix datagrams': () => new DatagramHandler(addresses.datagram, null, options),
  };
  const handler = make[way]();
  onTestFinished(async () => handler.close());
  return handler;
}

function fullRecord(): LogRecord {
  const record = some.record({
    name: 'shop.orders',
    levelno: WARNING,
    message: 'order %s: %d left — 😀',
    args: ['o-1', 3],
    created: 1_700_000_000.25,
    extra: {
      count: 7,
      ratio: 0.5,
      big: 10n ** 30n,
      yes: true,
      no: null,
      list: [1, 'a', [2]],
      pair: Object.freeze([1, 2]),
      nested: { a: { b: 'é' } },
      half: 'x\ud83d',
      when: new Date(0),
      map: new Map([[1, 'one']]),
      set: new Set(['s']),
      bytes: Buffer.from('ab'),
    },
  });
  record.pathname = '/srv/app.ts';
  record.lineno = 42;
  record.funcName = 'place';
  return record;
}

describe.runIf(haveCommands('python3'))('the cookbook’s receiver in Python', { timeout: 30_000 }, () => {
  it.each<Way>(['TCP', 'UDP', 'a Unix stream', 'Unix datagrams'])(
    'reads a record as it is over %s',
    async (way) => {
      const receiver = await startPythonReceiver();
      const handler = handlerOver(way, receiver);
      handler.handle(fullRecord());
      await handler.close();
      const [record] = await receiver.received(1);

      expect(record?.text).toBe('WARNING shop.orders /srv/app.ts:42 order o-1: 3 left — 😀');
      expect(record?.attributes).toMatchObject({
        name: "'shop.orders'",
        args: 'None',
        levelname: "'WARNING'",
        levelno: '30',
        pathname: "'/srv/app.ts'",
        filename: "'app.ts'",
        module: "'app'",
        exc_info: 'None',
        exc_text: 'None',
        stack_info: 'None',
        lineno: '42',
        funcName: "'place'",
        created: '1700000000.25',
        msecs: '250.0',
        threadName: "'MainThread'",
        processName: "'MainProcess'",
        process: String(process.pid),
      });
      expect(record?.attributes['relativeCreated']).toMatch(/^-?\d+\.0$/);
      expect(record?.attributes['thread']).toMatch(/^\d+$/);
    },
  );

  it('gets the values of extra in types of its own', async () => {
    const receiver = await startPythonReceiver();
    const handler = handlerOver('TCP', receiver);
    handler.handle(fullRecord());
    await handler.close();
    const [record] = await receiver.received(1);

    expect(record?.attributes).toMatchObject({
      count: '7',
      ratio: '0.5',
      big: '1000000000000000000000000000000',
      yes: 'True',
      no: 'None',
      list: "[1, 'a', [2]]",
      pair: '(1, 2)',
      nested: "{'a': {'b': 'é'}}",
      half: "'x\\ud83d'",
      when: "'1970-01-01T00:00:00.000Z'",
      map: "{1: 'one'}",
      set: "['s']",
      bytes: "'6162'",
    });
  });

  it('gets the stack of an Error as exc_text', async () => {
    const receiver = await startPythonReceiver();
    const handler = handlerOver('TCP', receiver);
    handler.handle(some.record({ error: new Error('no stock', { cause: new Error('warehouse') }) }));
    await handler.close();
    const [record] = await receiver.received(1);

    expect(record?.text).toMatch(/order placed\nError: no stock\n {4}at [^]*\[cause\]: Error: warehouse/);
  });

  it('gets 20 000 records in order, once each', async () => {
    const receiver = await startPythonReceiver();
    const handler = handlerOver('TCP', receiver, {
      maxQueued: 20_000,
      maxQueuedBytes: 2 ** 27,
      timeout: 20,
      flushTimeout: 20,
    });
    for (let i = 0; i < 20_000; i++) handler.handle(some.record({ message: 'order %d', args: [i] }));
    await handler.close();
    await until(() => receiver.records.length >= 20_000, { timeoutMs: 40_000 });

    expect(handler.stats()).toMatchObject({ sent: 20_000, queued: 0 });
    expect(receiver.records.every(({ attributes }, i) => attributes['msg'] === `'order ${i}'`)).toBe(true);
    expect(receiver.records).toHaveLength(20_000);
    expect(receiver.stderr).toBe('');
  }, 60_000);

  it('verifies what hmacKey signed, and refuses the rest', async () => {
    const receiver = await startPythonReceiver({ hmacKey: 'secret' });
    for (const hmacKey of ['wrong-key', 'secret']) {
      const handler = handlerOver('TCP', receiver, { hmacKey });
      handler.handle(some.record({ message: `signed with ${hmacKey}` }));
      await handler.close();
    }
    const records = await receiver.received(2);

    expect(records.map((record) => record.attributes?.['msg'])).toEqual([undefined, "'signed with secret'"]);
  });

  it('reads JSON with json.loads in place of pickle.loads', async () => {
    const receiver = await startPythonReceiver({ codec: 'json' });
    const handler = handlerOver('UDP', receiver, { serializer: 'json' });
    handler.handle(fullRecord());
    await handler.close();
    const [record] = await receiver.received(1);

    expect(record?.text).toBe('WARNING shop.orders /srv/app.ts:42 order o-1: 3 left — 😀');
    expect(record?.attributes).toMatchObject({ args: 'None', exc_info: 'None', list: "[1, 'a', [2]]" });
  });

  it('gets what was logged while it was down, when it is there again', async () => {
    const stderr = capturedStderr();
    const directory = tempDir();
    const first = await startPythonReceiver({ directory });
    const handler = handlerOver('a Unix stream', first, { retryStart: 0.01, retryMax: 0.05 });
    handler.handle(some.record({ message: 'before' }));
    await first.received(1);
    await first.stop('SIGKILL');
    for (let i = 0; i < 50; i++) handler.handle(some.record({ message: 'while down %d', args: [i] }));
    await until(() => stderr.text.includes('delivery failed'));

    const second = await startPythonReceiver({ directory });
    await until(() => handler.stats().queued === 0);
    await until(() => second.records.length >= 50);
    const missed = second.records.filter(({ text }) => text.includes('while down'));

    expect(missed.map(({ attributes }) => attributes['msg'])).toEqual(
      Array.from({ length: 50 }, (_, i) => `'while down ${i}'`),
    );
    expect(handler.stats()).toMatchObject({ sent: 51, dropped: { overflow: 0, refused: 0, closed: 0 } });
  });
});
