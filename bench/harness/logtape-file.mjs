/**
 * LogTape's formatter in front of the hand-written file. Its own file sink calls fsync after each piece, about 100 µs on a
 * real disk, which nobody else does; with this one the figures compare the loggers.
 */

export function logtapeFile(out, formatter) {
  const sink = (record) => out.write(formatter(record));
  // Disposed of by LogTape's reset.
  return Object.assign(sink, { [Symbol.dispose]: () => out.close() });
}
