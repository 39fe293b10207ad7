/** What is known of the cause of a missed target, by the target's name; written by hand after a profile. */

const WRITE =
  'of a bare line that costs 1.65 µs, 1.3 is the write(2) that the ideal does too; the rest is the record, the tree and the formatting';
export const LIMITED_BY = {
  'json batched: at most 0.4 × pino':
    'the target was made where pino cost 3.07 µs a line; here, in batches of 4 KiB, its fastest, it costs a third less',
  'json on return: at most 1.2 × ideal': WRITE,
  'text batched: at most 1.5 × ideal':
    'in a profile garbage collection was 14 % and the check for control characters 11 %; remembering the logger name made no ' +
    'difference beyond the noise',
  'text on return: at most 1.25 × ideal': WRITE,
  'dropped: at most 1.5 × ideal':
    'Date.now() was measured at 44 ns, which the ideal pays too, and the AsyncLocalStorage look-up at 17 ns, which it pays once a ' +
    'unit; the rest is a full record and the walk up the tree',
  'dumped: at most 1.4 × ideal':
    'a line has 161 bytes and that of the ideal 103, because of `seq` and `hindsight`; how much of the gap that is was not measured',
  'growth, 1000 DEBUG records: at most 1.15 × ideal':
    'not profiled; a held record has 196 bytes and that of the ideal 147',
  '2000 in flight: at most 1.25 × the CPU of no logging':
    'the ideal itself is near it; in a profile of a quick run our functions had 8 to 11 % of the CPU and the garbage collector ' +
    '12 to 17 %, and none of them stood out',
  'RotatingFileHandler: at most 1.1 × FileHandler':
    'about 0.15 µs beside a write(2) of 1.2: the look at the clock for `checkIntervalMs` was measured at 44 ns, the rest is the ' +
    'comparison with `maxBytes`',
  'WatchedFileHandler: at most 1.6 × FileHandler':
    'one statSync before every record, as Python does. Alone it was measured at 1.9 µs; between two writes to the same file it ' +
    'adds 3.2 µs to the 1.2 of the write (2.7 on tmpfs, 2.2 for the path of another file), and even access(2), which ' +
    'cannot tell one file from another, adds 1.4. `checkIntervalMs: 1` looks once in a millisecond',
  'queues: WorkerQueue not above pino transport':
    'ours sends a whole record, of which any handler can print any field; pino sends the finished line, half as long',
};
