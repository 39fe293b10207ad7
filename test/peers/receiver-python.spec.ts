/** LogRecordSocketReceiver beside SocketHandler and DatagramHandler of Python. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { capturedStderr } from '../support/captured-stderr';
import { haveCommands } from '../support/real-means';
import { startReceiver } from '../support/receiver';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';
import { runPython } from './python';

/** Every program gets the port or path as its argument and logs to `log`. */
const TCP = `
import logging, logging.handlers, sys
handler = logging.handlers.SocketHandler('127.0.0.1', int(sys.argv[1]))
log = logging.getLogger('py.app')
log.setLevel('DEBUG')
log.addHandler(handler)
`;
const UDP = TCP.replace('SocketHandler', 'DatagramHandler');
const UNIX = TCP.replace("'127.0.0.1', int(sys.argv[1])", 'sys.argv[1], None');

const LOGS = `
try:
    1 / 0
except ZeroDivisionError:
    log.exception('failed: %s — 😀', 'order', extra={'user': {'id': 7, 'ids': [1, 2]}, 'pair': (1, 2.5), 'big': 10 ** 30})
`;

/** The class as the documentation has it. */
function signingHandler(): string {
  const page = readFileSync(join(__dirname, '../../docs/handlers.md'), 'utf8');
  const block = page.split('```python\n').find((text) => text.includes('class SignedSocketHandler'));
  if (block === undefined) throw new Error('docs/handlers.md has no SignedSocketHandler');
  return block.slice(0, block.indexOf('```'));
}

describe.runIf(haveCommands('python3'))('LogRecordSocketReceiver', { timeout: 30_000 }, () => {
  it.each([
    ['SocketHandler over TCP', TCP, { port: 0 }],
    ['DatagramHandler over UDP', UDP, { udpPort: 0 }],
    ['SocketHandler over a Unix stream', UNIX, { path: 'in a directory' }],
  ])('takes the records of %s', async (_what, program, listen) => {
    const path = join(tempDir(), 's');
    const { receiver, records } = await startReceiver('path' in listen ? { path } : listen);
    await runPython(program + LOGS, { args: [receiver.port ?? receiver.udpPort ?? path] });
    await until(() => records.length === 1);
    const [record] = records;

    expect(record?.getMessage()).toBe('failed: order — 😀');
    expect(record?.name).toBe('py.app');
    expect(record?.levelname).toBe('ERROR');
    expect(record?.excText).toMatch(
      /^Traceback \(most recent call last\):\n[^]*ZeroDivisionError: division by zero$/,
    );
    expect(record?.lineno).toBeGreaterThan(5);
    expect(record?.created).toBeCloseTo(Date.now() / 1000, -2);
    expect(record?.process).not.toBe(process.pid);
    expect(record?.extra).toEqual({ user: { id: 7, ids: [1, 2] }, pair: [1, 2.5], big: 10n ** 30n });
  });

  it('takes bytes, sets, dates and times of extra as data', async () => {
    const { receiver, records } = await startReceiver();
    await runPython(
      `${TCP}
import datetime as dt
zone = dt.timezone(dt.timedelta(hours=5, minutes=45))
log.info('m', extra={'b': b'a\\xff', 'e': b'', 'ba': bytearray(b'x'), 's': {1}, 'f': frozenset(['a']),
  'when': dt.datetime(2024, 2, 29, 12, 30, 1, 5), 'utc': dt.datetime(2024, 2, 29, tzinfo=dt.timezone.utc),
  'far': dt.datetime(2024, 2, 29, tzinfo=zone), 'day': dt.date(2024, 2, 29), 'time': dt.time(12, 30),
  'span': dt.timedelta(hours=1, microseconds=500000)})`,
      { args: [receiver.port ?? 0] },
    );
    await until(() => records.length === 1);

    expect(records[0]?.extra).toEqual({
      b: Buffer.from([0x61, 0xff]),
      e: Buffer.alloc(0),
      ba: Buffer.from('x'),
      s: new Set([1]),
      f: new Set(['a']),
      when: '2024-02-29T12:30:01.000005',
      utc: '2024-02-29T00:00:00+00:00',
      far: '2024-02-29T00:00:00+05:45',
      day: '2024-02-29',
      time: '12:30:00',
      span: 3600.5,
    });
  });

  it('takes records as QueueHandler leaves them, and arguments that were not put into the message', async () => {
    const { receiver, messages } = await startReceiver();
    await runPython(
      `${TCP}
import pickle, queue, struct
send = handler.send
waiting = queue.Queue()
log.handlers[:] = [logging.handlers.QueueHandler(waiting)]
log.info('queued %(a)s of %(b)03d', {'a': 'x', 'b': 7})
log.info('queued %s', 'one')
while not waiting.empty(): handler.emit(waiting.get())
def send_as_is(msg, args, **more):
    record = logging.LogRecord('py.app', 20, 'p', 1, msg, args, None)
    data = pickle.dumps({**record.__dict__, **more}, 1)
    send(struct.pack('>L', len(data)) + data)
send_as_is('plain', None)
send_as_is('named %(a)s of %(b)03d', ({'a': 'x', 'b': 7},))
send_as_is('plain', ({'a': 1},))
send_as_is('plain', {})
send_as_is('plain', 'text')
send_as_is('late', (), created=None, msecs=None)`,
      { args: [receiver.port ?? 0] },
    );
    await until(() => messages.length === 8);

    expect(messages).toEqual([
      'queued x of 007',
      'queued one',
      'plain',
      'named x of 007',
      'plain',
      'plain',
      'plain text',
      'late',
    ]);
  });

  it('refuses what would run code here, and takes the next record', async () => {
    const stderr = capturedStderr();
    const { receiver, messages } = await startReceiver();
    const marker = join(tempDir(), 'pwned');
    await runPython(
      `${TCP}
class Evil:
    def __reduce__(self):
        import os
        return os.system, ('touch ' + sys.argv[2],)
log.warning('evil', extra={'x': Evil()})
log.warning('class', extra={'x': ValueError('v')})
log.info('next')`,
      { args: [receiver.port ?? 0, marker] },
    );
    await until(() => messages.length === 1);

    expect(messages).toEqual(['next']);
    expect(receiver.stats()).toMatchObject({ received: 1, refused: 2 });
    expect(stderr.text).toMatch(/UnpicklingError: the name "posix.system" is refused/);
  });

  it('takes frames that Python signed, and no others', async () => {
    capturedStderr();
    const { receiver, messages } = await startReceiver({ hmacKey: 'secret' });
    await runPython(
      `${TCP}
${signingHandler()}
log.info('unsigned')
log.handlers[:] = [SignedSocketHandler('127.0.0.1', int(sys.argv[1]))]
log.info('signed')
log.handlers[0].key = b'another'
log.info('wrong')`,
      { args: [receiver.port ?? 0] },
    );
    await until(() => receiver.stats().refused === 2);

    expect(messages).toEqual(['signed']);
  });

  it('takes 20 000 records of two threads, in the order of each', async () => {
    const { receiver, records } = await startReceiver();
    await runPython(
      `${TCP}
import threading
def work(name):
    own = logging.handlers.SocketHandler('127.0.0.1', int(sys.argv[1]))
    for i in range(10000):
        own.handle(logging.makeLogRecord({'name': name, 'msg': '%d', 'args': (i,), 'levelno': 20}))
    own.close()
threads = [threading.Thread(target=work, args=(name,)) for name in ('a', 'b')]
for thread in threads: thread.start()
for thread in threads: thread.join()`,
      { args: [receiver.port ?? 0] },
    );
    await until(() => records.length === 20_000, { timeoutMs: 30_000 });

    for (const name of ['a', 'b']) {
      const own = records.filter((record) => record.name === name);
      expect(own.every((record, i) => record.getMessage() === String(i))).toBe(true);
    }
  }, 60_000);
});
