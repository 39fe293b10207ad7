/** A net under what we do inside other people's events and timers: it is reported, and the application goes on. */
import { diagnostics } from './diagnostics';

/** Counts and reports what we threw ourselves while somebody else was at work. */
export function reportThrown(what: string, error: unknown): void {
  diagnostics.report({ source: 'request logs', what: `${what} failed`, error });
}

/** Runs `work`; what it throws is counted and reported. Returns whether it came to its end. */
export function attempt(what: string, work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    reportThrown(what, error);
    return false;
  }
}

/** The same function, but it never throws: for a listener, a timer or a hook. */
export function guarded<Args extends readonly unknown[]>(
  what: string,
  listener: (...args: Args) => void,
): (...args: Args) => void {
  return (...args) => void attempt(what, () => listener(...args));
}
