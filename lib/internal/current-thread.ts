/** The thread that runs this code. */
import { lazy } from './lazy';

// Node loads it in 4 ms, and most programs do not need it.
const loadThreads = lazy(() => require('node:worker_threads') as typeof import('node:worker_threads'));

export function isMainThread(): boolean {
  return loadThreads().isMainThread;
}

/** The number of the thread. It is 0 for the main thread. */
export function currentThreadId(): number {
  return loadThreads().threadId;
}
