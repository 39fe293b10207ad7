/** The known cause of each missed target, by the name of the target. Written by hand after profiling. */

const WRITE =
  'a bare line costs 1.65 µs, of which 1.3 µs are the write(2), as in the ideal; the rest is the record, the tree and the formatting';
const RSS =
  'whole records that live as long as a request: the floor that keeps them is as large, see its row';
const WRITES =
  'each line that our defaults write is a write(2) at the end of its turn of the event loop; pino gathers 4 KiB';

const CALLS =
  'the log calls, not the scope: in two runs with 22 log calls left out, ours cost 1.00 and 1.06 × the ideal and the floor 0.99 and ' +
  '1.12; with them ours cost 1.26 and 1.28, the floor with whole records 1.16 and 1.03. Each record passes more functions than ' +
  'in the floor, which costs about 1 µs a call in a busy server';

export const LIMITED_BY = {
  'Nest 12 on Express: at most 1.15 × the RSS of the ideal': RSS,
  'Nest 12 on Fastify: at most 1.15 × the RSS of the ideal': RSS,
  'Nest 12 on Express, defaults: at most 1 × nestjs-pino with its request log': WRITES,
  'Nest 12 on Fastify, defaults: at most 1.25 × nestjs-pino with its request log': WRITES,
  'Nest 12 on Fastify: not above nestjs-pino at info':
    'nestjs-pino drops the DEBUG records that ours holds; the floor, which holds them too, is about as cheap as nestjs-pino',
  'json batched: at most 0.4 × pino':
    'the target was set when pino took 3.07 µs a line; with batches of 4 KiB, its fastest, pino now takes a third less',
  'json on return: at most 1.15 × ideal': WRITE,
  'text batched: at most 1.5 × ideal':
    'the duties of the floor, which alone costs 1.2 to 1.5 × the ideal; the rest is the walk from the logger to the file',
  'text on return: at most 1.25 × ideal': WRITE,
  'dropped: at most 2 × ideal':
    'the duties of the floor cost 1.2 to 1.6 × the ideal; the rest is the walk from the logger to the scope',
  'dumped: at most 1.5 × ideal':
    'our own code: the floor costs 1.2 to 1.5 × the ideal. With 400 records a unit ours costs 1.5 to 1.8 × the floor a record; ' +
    'a failing unit itself costs 35 µs more than in the floor, a third of it for a stack with twice the lines. Only failing requests pay it',
  'Express 5: at most 1.12 × ideal': CALLS,
  'growth, 0 DEBUG records: at most 1.15 × ideal': CALLS,
  'growth, 10 DEBUG records: at most 1.15 × ideal': CALLS,
  'growth, 100 DEBUG records: at most 1.15 × ideal': CALLS,
  'growth, 1000 DEBUG records: at most 1.15 × ideal': CALLS,
  '2000 in flight: at most 1.3 × the RSS of no logging': RSS,
  '2000 in flight: at most 1.25 × the CPU of no logging':
    'the ideal itself is close to the limit; in a profile of a quick run our functions took 8 to 11 % of the CPU and the garbage ' +
    'collector 12 to 17 %, and no single function stood out',
  'RotatingFileHandler: at most 1.1 × FileHandler':
    'about 0.15 µs in addition to a write(2) of 1.2 µs: reading the clock for `checkIntervalMs` takes 44 ns, the rest is the ' +
    'comparison with `maxBytes`',
  'WatchedFileHandler: at most 1.6 × FileHandler':
    'one statSync before every record, as in Python. It takes 1.9 µs alone; between two writes to the same file it adds 3.2 µs to ' +
    'the 1.2 µs of the write (2.7 on tmpfs, 2.2 for the path of another file). Even access(2), which cannot detect another file, ' +
    'adds 1.4 µs. `checkIntervalMs: 1` checks once per millisecond',
  'queues: WorkerQueue not above pino transport':
    'ours sends a whole record, so that any handler can print any field; pino sends the finished line, which is half as long',
};
