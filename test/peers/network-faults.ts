/** What every handler on a stream of bytes must survive, against peers in processes of their own. */
import { expect, it } from 'vitest';
import type { OutboxHandlerOptions } from '../../lib/handlers';
import { certificates } from '../support/certificates';
import { startLoggingApp, type AppState, type LoggingApp } from '../support/logging-app';
import { until } from '../support/until';
import { startCollector, type Collector } from './collector';

export interface Target {
  readonly host: string;
  readonly port: number;
  /** In seconds. */
  readonly timeout: number;
  /** Connect with TLS, and trust this authority, a file. */
  readonly caPath?: string;
}

export interface FaultSubject {
  readonly name: string;
  /** The handler as an expression; `lib` loads a module of the library. */
  readonly handler: (target: Target, options: OutboxHandlerOptions) => string;
  readonly hasTls: boolean;
}

/** Longest work between two turns of the event loop, in ms; once, when garbage is collected, it may be longer. */
const BUSY_MS = 20;
const COLLECTING_MS = 60;
/** Longest sleep in one turn, in ms: a collection of garbage waits for its helpers, which may wait for a core. */
const ASLEEP_MS = 250;
const OPTIONS: OutboxHandlerOptions = { retryStart: 0.05, retryMax: 0.2, flushTimeout: 5 };

/** Each record is counted once, the log calls returned, and the event loop had its turns. */
export function expectSound(state: AppState): void {
  const { sent, queued, dropped } = state;
  expect(sent + queued + dropped.overflow + dropped.refused + dropped.closed).toBe(state.emitted);
  expect(state.thrown).toBe(0);
  expect(state.nextBusyMs).toBeLessThan(BUSY_MS);
  expect(state.busyMs).toBeLessThan(COLLECTING_MS);
  expect(state.asleepMs).toBeLessThan(ASLEEP_MS);
}

/** What arrived is what was sent, but for what the handler itself names as perhaps lost; duplicates are counted. */
function expectArrived(collector: Collector, state: AppState): void {
  const { ids } = collector;
  const unique = new Set(ids).size;
  expect(unique).toBeGreaterThanOrEqual(state.sent - state.unconfirmed);
  expect(unique).toBeLessThanOrEqual(state.sent);
  expect(ids.length - unique).toBeLessThanOrEqual(state.retried);
}

export async function startApp(
  subject: FaultSubject,
  target: Partial<Target> & { port: number },
  options: OutboxHandlerOptions = {},
): Promise<LoggingApp> {
  const full = { host: '127.0.0.1', timeout: 5, ...target };
  const app = await startLoggingApp(subject.handler(full, { ...OPTIONS, ...options }));
  // The first calls compile the code: they say nothing about the peer.
  await app.ask('watch');
  return app;
}

/** Of a collector that is gone. */
export async function freePort(protocol: 'tcp' | 'udp' = 'tcp'): Promise<number> {
  const collector = await startCollector({ protocol });
  await collector.stop('SIGKILL');
  return collector.port;
}

export function itSurvivesNetworkFaults(subject: FaultSubject): void {
  it('delivers in order what was logged before the peer was up, and reports one outage', async () => {
    const port = await freePort();
    const app = await startApp(subject, { port });

    await app.ask('log', 300);
    await until(() => app.reports('delivery failed').length === 1);
    const collector = await startCollector({ port });
    const state = await app.drained();

    await until(() => collector.ids.length === 300);
    expect(collector.ids).toEqual(Array.from({ length: 300 }, (_, at) => at));
    expectSound(state);
    expect(state).toMatchObject({ sent: 300, retried: 0 });
    await until(() => app.reports('delivering again').length === 1);
    expect(app.reports('delivering again')[0]).toContain('300 records delivered, 0 dropped');
    expect(app.reports('nestjs-hindsight')).toHaveLength(2);
  });

  it('loses nothing when the peer is killed in mid-stream and comes back', async () => {
    const first = await startCollector();
    const app = await startApp(subject, { port: first.port });

    app.tell('log', 6000, 100, 3);
    await until(() => first.ids.length > 500);
    await first.stop('SIGKILL');
    const second = await startCollector({ port: first.port, directory: first.directory });
    await until(async () => (await app.state()).emitted === 6000);
    const state = await app.drained();

    expectSound(state);
    await until(() => new Set(second.ids).size === 6000);
    expectArrived(second, state);
    expect(state).toMatchObject({ sent: 6000, unconfirmed: 0 });
  });

  it('loses nothing when the peer restarts in order', async () => {
    const first = await startCollector();
    const app = await startApp(subject, { port: first.port });

    app.tell('log', 6000, 100, 3);
    await until(() => first.ids.length > 500);
    await first.stop('SIGTERM');
    const second = await startCollector({ port: first.port, directory: first.directory });
    await until(async () => (await app.state()).emitted === 6000);
    const state = await app.drained();

    expectSound(state);
    await until(() => new Set(second.ids).size === 6000);
    expectArrived(second, state);
  });

  it('keeps within its limit while the peer accepts and never reads, and loses no more than it counts', async () => {
    const maxQueuedBytes = 2 * 1024 * 1024;
    const stalled = await startCollector({ behaviour: 'stall' });
    const app = await startApp(subject, { port: stalled.port, timeout: 30 }, { maxQueuedBytes });

    await app.ask('log', 1000);
    const before = await app.state();
    await app.ask('log', 19_000, 1000);
    const during = await app.state();
    expect(during.dropped.overflow).toBeGreaterThan(0);
    expect(during.queuedBytes).toBeLessThanOrEqual(maxQueuedBytes);
    // The queue, the window of what may be sent again, and the garbage between two collections.
    expect(during.rss - before.rss).toBeLessThan(64 * 1024 * 1024);

    await stalled.stop('SIGKILL');
    const reading = await startCollector({ port: stalled.port, directory: stalled.directory });
    const state = await app.drained();
    expectSound(state);
    await until(() => new Set(reading.ids).size >= state.sent - state.unconfirmed);
    expectArrived(reading, state);
  });

  it('takes a peer that reads nothing for the whole timeout for dead', async () => {
    const stalled = await startCollector({ behaviour: 'stall' });
    const app = await startApp(subject, { port: stalled.port, timeout: 1 });

    await app.ask('log', 9000, 1000);
    await until(() => app.reports('delivery failed').length === 1);

    expect(app.reports('delivery failed')[0]).toContain('the peer read nothing for 1 s');
    expectSound(await app.state());
  });

  it('backs off from a peer that resets every connection, and counts what it may have lost', async () => {
    const resetting = await startCollector({ behaviour: 'reset' });
    const app = await startApp(subject, { port: resetting.port });

    // A connection may have taken all there is before it is reset: nothing is left for a third one.
    await until(async () => {
      await app.ask('log', 100);
      return resetting.connections >= 3;
    });
    await app.ask('log', 500);
    await resetting.stop('SIGKILL');
    const reading = await startCollector({ port: resetting.port, directory: resetting.directory });
    const state = await app.drained();

    expectSound(state);
    await until(() => new Set(reading.ids).size >= state.sent - state.unconfirmed);
    expectArrived(reading, state);
    expect(app.reports('delivery failed')).toHaveLength(1);
  });

  it('reports a name that does not resolve, and drops at close with the exact count', async () => {
    const app = await startApp(subject, { host: 'no-such-host.invalid', port: 514 }, { flushTimeout: 0.3 });

    await app.ask('log', 42);
    await until(() => app.reports('delivery failed').length === 1);
    await app.ask('close');

    expect(app.reports('delivery failed')[0]).toMatch(
      /getaddrinfo (ENOTFOUND|EAI_AGAIN) no-such-host\.invalid/,
    );
    const state = await app.state();
    expectSound(state);
    expect(state).toMatchObject({ queued: 0, dropped: { closed: 42 } });
    app.tell('leave');
    const { stderr, code } = await app.child.ended();
    expect(code).toBe(0);
    expect(stderr).toContain('closed with 42 records not delivered');
  });

  it.runIf(subject.hasTls).each([
    ['expired', 'certificate has expired'],
    ['otherHost', "does not match certificate's altnames"],
  ] as const)('says nothing to a peer whose certificate is %s, and reports it', async (which, why) => {
    const { caPath, [which]: certificate } = certificates();
    const collector = await startCollector({ protocol: 'tls', certificate });
    const app = await startApp(subject, { port: collector.port, caPath }, { flushTimeout: 0.2 });

    await app.ask('log', 10);
    await until(() => app.reports('delivery failed').length === 1);
    await app.ask('close');

    expect(app.reports('delivery failed')[0]).toContain(why);
    expect(collector.ids).toEqual([]);
    const state = await app.state();
    expectSound(state);
    expect(state.dropped.closed).toBe(10);
  });

  it.runIf(subject.hasTls)('delivers over TLS, also after a restart', async () => {
    const { caPath, server: certificate } = certificates();
    const first = await startCollector({ protocol: 'tls', certificate });
    const app = await startApp(subject, { port: first.port, caPath });

    app.tell('log', 3000, 100, 3);
    await until(() => first.ids.length > 300);
    await first.stop('SIGKILL');
    const { port, directory } = first;
    const second = await startCollector({ protocol: 'tls', certificate, port, directory });
    await until(async () => (await app.state()).emitted === 3000);
    const state = await app.drained();

    expectSound(state);
    await until(() => new Set(second.ids).size === 3000);
    expectArrived(second, state);
  });

  it('delivers a burst of 20 000 records in order, without loss', async () => {
    const collector = await startCollector();
    // More than the queue holds by itself, should the collector not get a core for so long.
    const app = await startApp(subject, { port: collector.port }, { maxQueued: 20_000 });

    await app.ask('log', 20_000);
    const state = await app.drained();

    expectSound(state);
    await until(() => collector.ids.length === 20_000);
    expect(collector.ids).toEqual(Array.from({ length: 20_000 }, (_, at) => at));
    expect(state).toMatchObject({ sent: 20_000, retried: 0 });
    expect(app.child.stderr).toBe('');
  });

  it('delivers a burst within one turn once it is connected', async () => {
    const collector = await startCollector();
    const app = await startApp(subject, { port: collector.port });
    await app.ask('log', 1);
    await app.ask('flush');

    await app.ask('burst', 20_000);
    const state = await app.drained();

    const { sent, dropped } = state;
    expect(sent + dropped.overflow).toBe(20_001);
    await until(() => collector.ids.length === sent);
  });

  it('hands over at process.exit what is queued, and reports the rest', async () => {
    const collector = await startCollector();
    const app = await startApp(subject, { port: collector.port });
    await app.ask('log', 1);
    await app.ask('flush');

    app.tell('exit', 500);
    const { stderr } = await app.child.ended();

    expect(stderr).toBe('');
    await until(() => collector.ids.length === 501);
  });

  it.runIf(subject.hasTls)(
    'hands over at process.exit what is queued for TLS, and says it is not sure',
    async () => {
      const { caPath, server: certificate } = certificates();
      const collector = await startCollector({ protocol: 'tls', certificate });
      const app = await startApp(subject, { port: collector.port, caPath });
      await app.ask('log', 1);
      await app.ask('flush');

      app.tell('exit', 500);
      const { stderr } = await app.child.ended();

      expect(stderr).toContain('500 records perhaps not sent at the end of the process');
      await until(() => collector.ids.length === 501);
    },
  );

  it('lets the process end during a pause, and reports the exact count', async () => {
    const port = await freePort();
    const app = await startApp(subject, { port }, { retryStart: 1000, retryMax: 1000 });

    await app.ask('log', 7);
    await until(() => app.reports('delivery failed').length === 1);
    app.tell('leave');
    const { code, stderr } = await app.child.ended();

    expect(code).toBe(0);
    expect(stderr).toContain('7 records still queued at the end of the process');
  });

  it('keeps the process alive until what is queued is delivered', async () => {
    const collector = await startCollector();
    const app = await startApp(subject, { port: collector.port });

    app.tell('burst', 200);
    app.tell('leave');
    const { code, stderr } = await app.child.ended();

    expect([code, stderr]).toEqual([0, '']);
    await until(() => collector.ids.length === 200);
  });
}
