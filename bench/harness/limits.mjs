/** What was found to limit a missed target, by the target's name; written by hand after a profile. */

const WRITE =
  'the record, its walk up the tree and its formatting come on top of the one write(2) that both do, which is two thirds of it';
const LINE = 'each line carries `seq` and `hindsight`, two thirds more bytes than the ideal writes';
const REQUEST =
  'what the ideal does not do: the request id is made, checked and echoed, the scope is found by its request, and settled ' +
  'records linger for a late failure';
const PINO =
  'pino drops the DEBUG records that ours keeps; it batches 4 KiB here, where it is cheaper than with 64 KiB';

export const LIMITED_BY = {
  'json batched: at most 0.4 × pino':
    'pino batches 4 KiB here, where it needs 2 µs a line and not the 3 µs it needs with 64 KiB',
  'json batched: at most 1.5 × ideal': 'the checks that make one line of anything',
  'json on return: at most 1.2 × ideal': WRITE,
  'text batched: at most 1.5 × ideal':
    'every field is checked for control characters, so that a message cannot forge a line, and `message` and `asctime` are ' +
    'left on the record as Python leaves them',
  'text on return: at most 1.25 × ideal': WRITE,
  'dropped: at most 1.5 × ideal':
    'Date.now() and the AsyncLocalStorage look-up are 60 ns of it, and the second the ideal does once a unit; the rest is ' +
    'a full record and the walk up the tree',
  'heap: at most 200 bytes a record': 'the fields of a full record',
  'dumped: at most 1.4 × ideal': LINE,
  'Express 5: at most 1.08 × ideal': REQUEST,
  'Nest 12 on Express: at most 1.08 × ideal': REQUEST,
  'Nest 12 on Express: not above pino at info': PINO,
  'Nest 12 on Fastify: at most 1.15 × ideal': REQUEST,
  'growth, 0 DEBUG records: at most 1.15 × ideal': REQUEST,
  'growth, 10 DEBUG records: at most 1.15 × ideal': REQUEST,
  'growth, 100 DEBUG records: at most 1.15 × ideal': REQUEST,
  'growth, 1000 DEBUG records: at most 1.15 × ideal':
    'the records outlive young collections, and a full record is larger than the three fields of the ideal',
};
