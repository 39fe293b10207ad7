/**
 * LogTape's formatter with the hand-written file. LogTape's own file sink calls fsync after each piece, which takes about 100 µs on
 * a real disk. No other logger does that, so this file makes the figures comparable.
 */

export function logtapeFile(out, formatter) {
  const sink = (record) => out.write(formatter(record));
  // LogTape's reset disposes it.
  return Object.assign(sink, { [Symbol.dispose]: () => out.close() });
}
