/** Makes the time short for which a request whose client left waits for its handler. */
import { onTestFinished, vi } from 'vitest';

const ABORT_WAIT_MS = 10_000;

/** For the rest of the test, a timer of exactly that time fires after 50 ms, and its clock says that the time is over. */
export function shortAbortWait(): void {
  const realTimeout = globalThis.setTimeout;
  const realNow = performance.now.bind(performance);
  let ahead = 0;
  const now = vi.spyOn(performance, 'now').mockImplementation(() => realNow() + ahead);
  const timeout = vi.spyOn(globalThis, 'setTimeout').mockImplementation((run: () => void, ms?: number) => {
    if (ms !== ABORT_WAIT_MS) return realTimeout(run, ms);
    const early = (): void => {
      ahead += ABORT_WAIT_MS;
      run();
    };
    return realTimeout(early, 50);
  });
  onTestFinished(() => {
    now.mockRestore();
    timeout.mockRestore();
  });
}
