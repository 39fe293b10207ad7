import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { CRITICAL } from '../../lib/core/level';
import type { LogRecord } from '../../lib/core/log-record';
import { BufferingSMTPHandler, type BufferingSMTPHandlerOptions } from '../../lib/handlers';
import { headerOf, startSmtpServer, textOf } from '../peers/smtp-server';
import { capturedStderr } from '../support/captured-stderr';
import { some } from '../support/some';
import { until } from '../support/until';

const MAIL = { fromaddr: 'app@example.com', toaddrs: 'ops@example.com', subject: 'Log' };
const HOUR = 3_600_000;

function digests(port: number, options: Partial<BufferingSMTPHandlerOptions> = {}): BufferingSMTPHandler {
  const handler = new BufferingSMTPHandler(['127.0.0.1', port], {
    ...MAIL,
    timeout: 2,
    retryStart: 0.01,
    intervalMs: Infinity,
    ...options,
  });
  onTestFinished(async () => handler.close());
  return handler;
}

function log(handler: BufferingSMTPHandler, count: number, from = 0): void {
  for (let at = from; at < from + count; at++) handler.handle(some.record({ message: `record ${at}` }));
}

/** `0 1 2` for the mail with these three records; a note stays as it is. */
function numbers(text: string): string {
  return text
    .split('\r\n')
    .map((line) => line.replace('record ', ''))
    .join(' ');
}

function settled(handler: BufferingSMTPHandler): number {
  const { sent, queued, dropped } = handler.stats();
  return sent + queued + dropped.overflow + dropped.refused + dropped.closed;
}

afterEach(() => vi.useRealTimers());

describe('BufferingSMTPHandler', () => {
  it('sends a mail for each capacity records, and the rest when it is closed', async () => {
    const peer = await startSmtpServer();
    const handler = digests(peer.port, { capacity: 10 });

    log(handler, 32);
    await until(() => handler.stats().sent === 30);
    expect(handler.stats()).toMatchObject({ sent: 30, queued: 2 });
    await handler.close();

    expect(peer.texts.map((text) => numbers(text).split(' ').length)).toEqual([10, 10, 10, 2]);
    expect(numbers(peer.texts.at(-1) ?? '')).toBe('30 31');
    expect(handler.stats()).toMatchObject({ sent: 32, queued: 0 });
  });

  it('sends what waits longer than the interval', async () => {
    const peer = await startSmtpServer();
    const handler = digests(peer.port, { intervalMs: 20 });

    log(handler, 3);
    await until(() => peer.mails.length === 1);

    expect(peer.texts.map(numbers)).toEqual(['0 1 2']);
  });

  it('sends a severe record at once, with those that wait', async () => {
    const peer = await startSmtpServer();
    const handler = digests(peer.port);

    log(handler, 2);
    handler.handle(some.record({ message: 'record 2', levelno: CRITICAL }));
    await until(() => peer.mails.length === 1);

    expect(peer.texts.map(numbers)).toEqual(['0 1 2']);
  });

  it('asks the subclass for the subject of each mail', async () => {
    class Counting extends BufferingSMTPHandler {
      override getSubject(records: readonly LogRecord[]): string {
        return `${records.length} records, from ${records[0]?.getMessage()}`;
      }
    }
    const peer = await startSmtpServer();
    const handler = new Counting(['127.0.0.1', peer.port], { ...MAIL, capacity: 2 });
    log(handler, 3);
    await handler.close();

    expect(peer.mails.map((mail) => headerOf(mail, 'Subject'))).toEqual([
      '2 records, from record 0',
      '1 records, from record 2',
    ]);
  });

  it('sends the mail with the usual subject when getSubject throws', async () => {
    const stderr = capturedStderr();
    class Broken extends BufferingSMTPHandler {
      override getSubject(): string {
        throw new Error('no subject today');
      }
    }
    const peer = await startSmtpServer();
    const handler = new Broken(['127.0.0.1', peer.port], MAIL);
    log(handler, 1);
    await handler.close();

    expect(peer.mails.map((mail) => headerOf(mail, 'Subject'))).toEqual(['Log']);
    expect(stderr.text).toContain('getSubject threw');
  });

  it('keeps the records of a mail that fails, and sends one mail with all of them later', async () => {
    capturedStderr();
    const gone = await startSmtpServer();
    await gone.stop();
    const handler = digests(gone.port, { capacity: 10, flushTimeout: 0.05 });

    log(handler, 35);
    await until(() => handler.stats().queued === 35);
    await handler.flush();
    const back = await startSmtpServer({ port: gone.port });
    await until(() => handler.stats().sent === 35);

    expect(back.texts.map(numbers)).toEqual([Array.from({ length: 35 }, (_, at) => at).join(' ')]);
  });

  it('sends no more mails in an hour than it may, then one that has all records', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
    const peer = await startSmtpServer();
    const handler = digests(peer.port, { capacity: 2, maxMailsPerHour: 3 });

    log(handler, 50);
    await until(() => handler.stats().sent === 6);
    expect(peer.mails.length).toBe(3);
    expect(handler.stats().queued).toBe(44);

    vi.advanceTimersByTime(HOUR);
    await until(() => handler.stats().sent === 50);

    expect(peer.mails.length).toBe(4);
    expect(numbers(peer.texts.at(-1) ?? '').split(' ').length).toBe(44);
  });

  it('says in the next mail how many records were left out', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
    const stderr = capturedStderr();
    const peer = await startSmtpServer();
    const handler = digests(peer.port, { capacity: 1, maxMailsPerHour: 1, maxQueued: 5 });

    log(handler, 1);
    await until(() => handler.stats().sent === 1);
    log(handler, 20, 1);
    vi.advanceTimersByTime(HOUR);
    await until(() => handler.stats().sent === 6);
    log(handler, 1, 21);
    await handler.close();

    expect(peer.texts.map(numbers)).toEqual(['0', '[15 records were left out] 16 17 18 19 20', '21']);
    expect(handler.stats()).toMatchObject({ sent: 7, queued: 0, dropped: { overflow: 15 } });
    expect(stderr.text).toContain('5 records already wait for a mail');
  });

  it('keeps the oldest when it is told to', async () => {
    capturedStderr();
    const peer = await startSmtpServer();
    const handler = digests(peer.port, {
      capacity: 2,
      maxMailsPerHour: 1,
      maxQueued: 3,
      overflow: 'drop-newest',
    });

    log(handler, 2);
    await until(() => handler.stats().sent === 2);
    log(handler, 10, 2);
    await handler.close();

    expect(peer.texts.map(numbers)).toEqual(['0 1', '[7 records were left out] 2 3 4']);
  });

  it('drops all records of a mail that is refused, and the next one tells of them', async () => {
    const stderr = capturedStderr();
    const peer = await startSmtpServer({
      text: (source) => (source.includes('record 1\r\n') ? '552 no' : undefined),
    });
    const handler = digests(peer.port, { capacity: 3 });

    log(handler, 6);
    await handler.flush();

    expect(peer.texts.map(numbers)).toEqual(['[3 records were left out] 3 4 5']);
    expect(handler.stats()).toMatchObject({ sent: 3, dropped: { refused: 3 } });
    expect(stderr.text).toContain('3 records were refused, and dropped');
  });

  it('does not mail at the end of the process, but says what waits', async () => {
    const stderr = capturedStderr();
    const gone = await startSmtpServer();
    await gone.stop();
    const handler = digests(gone.port, { flushTimeout: 0 });

    log(handler, 3);
    handler.flushSync();

    expect(stderr.text).toContain('3 records still queued at the end of the process');
    await handler.close();
    expect(handler.stats()).toMatchObject({ queued: 0, dropped: { closed: 3 } });
  });

  it('counts every record once', async () => {
    capturedStderr();
    const peer = await startSmtpServer();
    const handler = digests(peer.port, { capacity: 7, maxMailsPerHour: 5, maxQueued: 20 });

    log(handler, 1000);
    expect(settled(handler)).toBe(1000);
    await handler.close();

    const { sent, queued, dropped } = handler.stats();
    expect(queued).toBe(0);
    expect(sent + dropped.overflow).toBe(1000);
    const lines = peer.mails.flatMap((mail) => textOf(mail).split('\r\n'));
    expect(lines.filter((line) => line.startsWith('record ')).length).toBe(sent);
  });

  it('reports a record that cannot be formatted, and mails the others', async () => {
    const stderr = capturedStderr();
    const peer = await startSmtpServer();
    const handler = digests(peer.port, {
      formatter: {
        format: (record) => {
          if (record.getMessage() === 'record 1') throw new Error('cannot be formatted');
          return record.getMessage();
        },
      },
    });

    log(handler, 3);
    await handler.flush();

    expect(peer.texts.map(numbers)).toEqual(['0 2']);
    expect(stderr.text).toContain('cannot be formatted');
  });

  it.each([
    [{ capacity: 1.5 }, '"capacity" must be an integer, got 1.5.'],
    [{ capacity: 200, maxQueued: 100 }, '"capacity" must be at most "maxQueued" (100), got 200.'],
    [{ intervalMs: 0 }, '"intervalMs" must be a number from 1 to 2147483647, or Infinity, got 0.'],
    [{ intervalMs: 3e9 }, '"intervalMs" must be a number from 1 to 2147483647, or Infinity, got 3000000000.'],
    [{ maxMailsPerHour: 0 }, '"maxMailsPerHour" must be a positive integer, or Infinity, got 0.'],
    [{ maxMailsPerHour: 1.5 }, '"maxMailsPerHour" must be a positive integer, or Infinity, got 1.5.'],
    [{ subject: 'a\nb' }, '"subject" must not contain line breaks'],
  ])('refuses %j', (options, message) => {
    expect(() => new BufferingSMTPHandler('mail', { ...MAIL, ...options })).toThrow(
      `BufferingSMTPHandler: ${message}`,
    );
  });

  it('refuses an invalid level', () => {
    expect(() => new BufferingSMTPHandler('mail', { ...MAIL, flushLevel: 'LOUD' })).toThrow('LOUD');
  });
});
