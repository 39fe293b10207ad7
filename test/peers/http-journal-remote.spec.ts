/** HTTPHandler with a body of its own, to systemd-journal-remote; the entries are read back with journalctl. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HTTPHandler, type HTTPBody } from '../../lib/handlers';
import { haveCommands } from '../support/real-means';
import { some } from '../support/some';
import { JOURNAL_REMOTE, startJournalRemote } from './journal-remote';

/** Level to priority of syslog. */
function priority(levelno: number): number {
  if (levelno >= 50) return 2;
  if (levelno >= 40) return 3;
  if (levelno >= 30) return 4;
  return levelno >= 20 ? 6 : 7;
}

/** One field of the journal export format; a value of several lines has its length in front of it. */
function field(name: string, value: string): Buffer {
  if (!value.includes('\n')) return Buffer.from(`${name}=${value}\n`);
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([Buffer.from(`${name}\n`), length, bytes, Buffer.from('\n')]);
}

const JOURNAL: HTTPBody = {
  contentType: 'application/vnd.fdo.journal',
  encode: (record) =>
    Buffer.concat([
      field('__REALTIME_TIMESTAMP', String(Math.round(record.created * 1e6))),
      field('_BOOT_ID', '0123456789abcdef0123456789abcdef'),
      field('MESSAGE', record.getMessage()),
      field('PRIORITY', String(priority(record.levelno))),
      field('LOGGER', record.name),
    ]),
  // An empty line ends an entry.
  between: '\n',
  after: '\n',
};

describe.runIf(existsSync(JOURNAL_REMOTE) || haveCommands('systemd-journal-remote'))(
  'HTTPHandler to systemd-journal-remote',
  () => {
    it('writes entries that journalctl reads', async () => {
      const journal = await startJournalRemote();
      const handler = new HTTPHandler(`127.0.0.1:${journal.port}`, '/upload', { body: JOURNAL });

      handler.handle(
        some.record({ message: 'order %s placed: ä✓\u{1f600}', args: [7], created: 1_700_000_000.25 }),
      );
      handler.handle(some.record({ message: 'a stack\n  of lines\n', levelno: 40, created: 1_700_000_001 }));
      await handler.close();

      expect(await journal.received(2)).toMatchObject([
        {
          MESSAGE: 'order 7 placed: ä✓\u{1f600}',
          PRIORITY: '6',
          LOGGER: 'shop.orders',
          __REALTIME_TIMESTAMP: '1700000000250000',
        },
        { MESSAGE: 'a stack\n  of lines\n', PRIORITY: '3', __REALTIME_TIMESTAMP: '1700000001000000' },
      ]);
      expect(handler.stats()).toMatchObject({ sent: 2, queued: 0 });
    });

    it('writes hundreds of entries in order', async () => {
      const journal = await startJournalRemote();
      const handler = new HTTPHandler(`127.0.0.1:${journal.port}`, '/upload', { body: JOURNAL });

      for (let at = 0; at < 500; at++)
        handler.handle(some.record({ message: 'message %d', args: [at], created: 1_700_000_000 + at }));
      await handler.close();

      const entries = await journal.received(500);
      expect(entries.map((entry) => entry['MESSAGE'])).toEqual(
        Array.from({ length: 500 }, (_, at) => `message ${at}`),
      );
    });
  },
);
