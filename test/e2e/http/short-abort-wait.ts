/** Makes the minute short for which a request whose client left waits for its handler. */
import { onTestFinished, vi } from 'vitest';

const ABORT_WAIT_MS = 60_000;

/** For the rest of the test, timers of exactly a minute take 50 ms. */
export function shortAbortWait(): void {
  const real = globalThis.setTimeout;
  const spy = vi
    .spyOn(globalThis, 'setTimeout')
    .mockImplementation((run: () => void, ms?: number) => real(run, ms === ABORT_WAIT_MS ? 50 : ms));
  onTestFinished(() => spy.mockRestore());
}
