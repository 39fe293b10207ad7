/** What is known of the cause of a missed target, by the target's name; written by hand after a profile. */

const WRITE =
  'of a bare line that costs 1.65 µs, 1.3 is the write(2) that the ideal does too; the rest is the record, the tree and the formatting';
export const LIMITED_BY = {
  'json batched: at most 0.4 × pino':
    'the target was made where pino cost 3.07 µs a line; here, in batches of 4 KiB, its fastest, it costs a third less',
  'json on return: at most 1.15 × ideal': WRITE,
  'text batched: at most 1.5 × ideal':
    'our own code: the floor, which fills in placeholders itself, costs 0.99 × the ideal, which calls util.format. In a profile the ' +
    'check for control characters took 14 %, the write and the joining of lines 15 %',
  'text on return: at most 1.25 × ideal': WRITE,
  'dropped: at most 2 × ideal':
    'whole records, and a look-up of the scope in each call, cost the floor 1.13 × the ideal; the rest was ' +
    'not measured',
  'dumped: at most 1.5 × ideal':
    'our own code, not the longer lines: the floor, which has `seq` and `hindsight` too, costs 1.05 × the ideal. The rest is not examined yet',
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
