/** What every handler that sends UDP must survive; nobody tells it what arrived, so only its own count is exact. */
import { expect, it } from 'vitest';
import { until } from '../support/until';
import { startCollector } from './collector';
import { expectSound, freePort, startApp, type FaultSubject } from './network-faults';

export function itSurvivesDatagramFaults(subject: FaultSubject): void {
  it('delivers in order what was logged before the receiver was up, and reports one outage', async () => {
    const port = await freePort('udp');
    const app = await startApp(subject, { port });

    await app.ask('log', 100);
    await until(() => app.reports('delivery failed').length === 1);
    const collector = await startCollector({ protocol: 'udp', port });
    const state = await app.drained();

    await until(() => collector.ids.length === 100);
    expect(collector.ids).toEqual(Array.from({ length: 100 }, (_, at) => at));
    expectSound(state);
    expect(state).toMatchObject({ sent: 100, unconfirmed: 0 });
    await until(() => app.reports('delivering again').length === 1);
    expect(app.reports('nestjs-hindsight')).toHaveLength(2);
  });

  it('waits for a receiver that was killed, and goes on when it is back', async () => {
    const first = await startCollector({ protocol: 'udp' });
    const app = await startApp(subject, { port: first.port });

    app.tell('log', 2000, 20, 20);
    await until(() => first.ids.length >= 100);
    await first.stop('SIGKILL');
    await until(() => app.reports('delivery failed').length === 1);
    const { port, directory } = first;
    const second = await startCollector({ protocol: 'udp', port, directory });
    await until(async () => (await app.state()).emitted === 2000);
    const state = await app.drained();

    expectSound(state);
    expect(state.sent).toBe(2000);
    // The backlog may have been too much for its buffer; what is logged now is not.
    const ids = await until(async () => {
      await app.ask('log', 1);
      return second.ids.some((id) => id >= 2000) ? second.ids : undefined;
    });
    expect(ids.length - new Set(ids).size).toBeLessThanOrEqual(state.retried);
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
    const { code } = await app.child.ended();
    expect(code).toBe(0);
  });

  it('counts each record of a burst of 20 000', async () => {
    const collector = await startCollector({ protocol: 'udp' });
    const app = await startApp(subject, { port: collector.port });

    await app.ask('log', 20_000);
    const state = await app.drained();

    expectSound(state);
    expect(state.sent + state.dropped.overflow).toBe(20_000);
    const ids = await until(() => (collector.ids.length > 0 ? collector.ids : undefined));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  });

  it('hands over at process.exit what is queued', async () => {
    const collector = await startCollector({ protocol: 'udp' });
    const app = await startApp(subject, { port: collector.port });
    await app.ask('log', 1);
    await app.ask('flush');

    app.tell('exit', 50);
    const { stderr } = await app.child.ended();

    expect(stderr).toBe('');
    await until(() => collector.ids.length === 51);
  });

  it('lets the process end during a pause, and reports the exact count', async () => {
    const port = await freePort('udp');
    const app = await startApp(subject, { port }, { retryStart: 1000, retryMax: 1000 });

    await app.ask('log', 7);
    await until(() => app.reports('delivery failed').length === 1);
    app.tell('leave');
    const { code, stderr } = await app.child.ended();

    expect(code).toBe(0);
    expect(stderr).toContain(
      '6 records still queued and 1 record perhaps not sent at the end of the process',
    );
  });
}
