/** Loads a module when it is first used, so that a program loads only the modules that it needs. */

/**
 * Returns a function that loads a module at its first call. Write the path twice, as in the example: then the compiler knows
 * the type, and bundlers find the call of `require`.
 *
 * Call it when an object is created, not for each record: a process without a free file descriptor cannot load a file.
 *
 * @example
 * const loadGzip = lazy(() => require('./gzip') as typeof import('./gzip'));
 */
export function lazy<T extends object>(load: () => T): () => T {
  let loaded: T | undefined;
  return () => (loaded ??= load());
}
