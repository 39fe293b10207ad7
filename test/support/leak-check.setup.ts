/** Checks after each spec file that the tests left no server, socket, watcher, process listener or wrapped method of Nest. */
import { afterAll, expect } from 'vitest';
import { unwrapAll } from '../../lib/nest/hooks/wrap-method';
import { until } from './until';

/** Resources that are checked. Pipes and timers are not, because the test runner has some, too. */
const KINDS: ReadonlySet<string> = new Set([
  'TCPServerWrap',
  'TCPSocketWrap',
  'UDPWrap',
  'FSEventWrap',
  'StatWatcher',
]);
/** Events for which the library adds one permanent listener per process. */
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

// Registered first, so it runs last, when the applications of the file are closed.
afterAll(unwrapAll);

const before = { open: open().length, listeners: listeners() };

afterAll(async () => {
  // A socket needs one or two turns of the event loop to close.
  await until(() => open().length <= before.open, { timeoutMs: 3000 }).catch(() => undefined);
  // oxlint-disable-next-line vitest/no-standalone-expect -- it holds for every test of the file
  expect(open().slice(before.open), 'left open by this spec file').toEqual([]);
  // oxlint-disable-next-line vitest/no-standalone-expect -- as above
  expect(listeners(), 'listeners of the process after this spec file').toEqual(before.listeners);
});
