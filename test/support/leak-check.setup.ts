/** After each spec file: no server, socket or watcher that a test opened is left, no process listener, and Nest is not wrapped. */
import { afterAll, expect } from 'vitest';
import { unwrapAll } from '../../lib/nest/hooks/wrap-method';
import { until } from './until';

/** What a test can leave behind. Pipes and timers are the test runner's own as well, so they are not looked at. */
const KINDS: ReadonlySet<string> = new Set([
  'TCPServerWrap',
  'TCPSocketWrap',
  'UDPWrap',
  'FSEventWrap',
  'StatWatcher',
]);
/** Events on which the library listens once a process, for as long as it lives. */
const KEPT: ReadonlySet<string | symbol> = new Set([
  'exit',
  'beforeExit',
  'uncaughtExceptionMonitor',
  'newListener',
  'removeListener',
  'unhandledRejection',
]);

function open(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => KINDS.has(kind));
}

function listeners(): string[] {
  return process
    .eventNames()
    .filter((event) => !KEPT.has(event))
    .map((event) => `${String(event)}: ${process.listenerCount(event)}`)
    .toSorted();
}

// Registered first, so it runs last: the applications of the file are closed by then.
afterAll(unwrapAll);

const before = { open: open().length, listeners: listeners() };

afterAll(async () => {
  // A socket takes a turn or two to close.
  await until(() => open().length <= before.open, { timeoutMs: 3000 }).catch(() => undefined);
  // oxlint-disable-next-line vitest/no-standalone-expect -- it holds for every test of the file
  expect(open().slice(before.open), 'left open by this spec file').toEqual([]);
  // oxlint-disable-next-line vitest/no-standalone-expect -- as above
  expect(listeners(), 'listeners of the process after this spec file').toEqual(before.listeners);
});
