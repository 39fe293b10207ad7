/** Event streams that last an hour, on a clock that the test moves: one event and one held record each second. */
import { Controller, Sse, type MessageEvent } from '@nestjs/common';
import { AsyncResource } from 'node:async_hooks';
import type { AddressInfo } from 'node:net';
import { interval, map, type Observable } from 'rxjs';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { InjectLogger, type Logger } from '../../../lib';
import type { LogRecord } from '../../../lib/core/log-record';
import type { LogScope } from '../../../lib/scope/scope';
import { currentScope } from '../../../lib/scope/current';
import { startNestApp } from '../../support/nest-app';
import { until } from '../../support/until';
import { EXPRESS_5, told } from './cells';
import { head, RawClient } from '../../support/raw-client';

const HOUR = 3600;
const CAPACITY = 1000;
const KEPT_FIRST = 20;

interface Stream {
  readonly client: RawClient;
  readonly records: () => readonly LogRecord[];
  readonly scope: () => LogScope | undefined;
  /** Makes the source of the events fail at its next one. */
  readonly fail: () => void;
}

/** A route of Express that writes its events by hand. */
async function onExpress(): Promise<Stream> {
  let scope: LogScope | undefined;
  let fails = false;
  const cell = await EXPRESS_5.start(
    async (_request, response, log) => {
      scope = currentScope();
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      await new Promise<void>((resolve, reject) => {
        let n = 0;
        const timer = setInterval(() => {
          if (fails) return reject(new Error('source gone'));
          log.debug('event %d', ++n);
          response.write(`data: ${n}\n\n`);
        }, 1000);
        response.once('close', () => {
          clearInterval(timer);
          resolve();
        });
      });
      response.end();
    },
    { options: { lingerMs: 20 } },
  );
  const client = await RawClient.connect(cell.port);
  client.send(head('GET /events'));
  await client.sees('200');
  return { client, records: () => cell.seen.records, scope: () => scope, fail: () => void (fails = true) };
}

async function onNest(): Promise<Stream> {
  let scope: LogScope | undefined;
  let fails = false;

  @Controller()
  class EventsController {
    constructor(@InjectLogger('shop') private readonly logger: Logger) {}

    @Sse('events')
    events(): Observable<MessageEvent> {
      scope = currentScope();
      return interval(1000).pipe(
        map((n) => {
          if (fails) throw new Error('source gone');
          this.logger.debug('event %d', n + 1);
          return { data: String(n + 1) };
        }),
      );
    }
  }

  const nest = await startNestApp({
    controllers: [EventsController],
    logging: { logIfErrors: { lingerMs: 20 } },
  });
  const client = await RawClient.connect((nest.server.address() as AddressInfo).port);
  client.send(head('GET /events'));
  await client.sees('200');
  return { client, records: () => nest.seen.records, scope: () => scope, fail: () => void (fails = true) };
}

/** Second by second; from time to time the loop turns, so that what was written is sent. */
async function passHour(stream: Stream): Promise<number> {
  let most = 0;
  for (let second = 1; second <= HOUR; second++) {
    vi.advanceTimersByTime(1000);
    most = Math.max(most, stream.scope()?.held ?? 0);
    if (second % 60 === 0) await stream.client.sees(`data: ${second}\n`);
  }
  return most;
}

describe.each([
  ['an Express route', onExpress],
  ['@Sse() of Nest', onNest],
])('An hour of events: %s', (_what, start) => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    // As Node does, and a clock of the test does not: a timer runs in the context in which it was set.
    const { setInterval } = globalThis;
    globalThis.setInterval = ((run: () => void, ms: number) =>
      setInterval(AsyncResource.bind(run), ms)) as typeof globalThis.setInterval;
    onTestFinished(() => void vi.useRealTimers());
  });

  it('holds no more than its capacity, and leaves its request record when the client then leaves', async () => {
    const stream = await start();

    expect(await passHour(stream)).toBe(CAPACITY);
    expect(stream.scope()?.settled).toBe(false);
    expect(told(stream.records())).toEqual([]);
    stream.client.leave('closes');
    await until(() => stream.records().length > 0, { what: 'the request record' });

    expect(told(stream.records())).toEqual(['INFO GET /events 200']);
    await until(() => stream.scope()?.held === 0, { what: 'the end of lingerMs' });
  });

  it('is written when its source then fails: the first records, an exact gap, the last', async () => {
    const stream = await start();
    await passHour(stream);
    stream.fail();
    vi.advanceTimersByTime(1000);
    await until(() => stream.records().some(({ extra }) => extra?.['method'] === 'GET'));

    const lines = told(stream.records());
    const missing = HOUR - CAPACITY;
    const last = CAPACITY - KEPT_FIRST;
    expect(lines.slice(0, CAPACITY + 1)).toEqual([
      ...Array.from({ length: KEPT_FIRST }, (_, i) => `* DEBUG event ${i + 1}`),
      `* DEBUG ${missing} records are missing here: the scope was full`,
      ...Array.from({ length: last }, (_, i) => `* DEBUG event ${HOUR - last + i + 1}`),
    ]);
    expect(lines[CAPACITY + 1]).toBe('ERROR !source gone');
    const gap = stream.records().find(({ hindsight }) => hindsight?.dropped !== undefined);
    expect(gap?.hindsight?.dropped).toBe(missing);
  });
});
