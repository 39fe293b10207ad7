/** Waits for a condition, so that tests need not sleep for a fixed time. */
import { setTimeout as wait } from 'node:timers/promises';

const POLL_MS = 5;

/** Resolves with the first truthy result of `condition`; rejects with `what` after `timeoutMs`. */
export async function until<T>(
  condition: () => T | Promise<T>,
  {
    what = 'the condition',
    timeoutMs = 10_000,
  }: { readonly what?: string; readonly timeoutMs?: number } = {},
): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (Date.now() >= deadline) throw new Error(`${what} did not come true within ${timeoutMs} ms`);
    await wait(POLL_MS);
  }
}
