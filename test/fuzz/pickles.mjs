/** Pickles and frames give a record or an UnpicklingError. Frames of our own handlers are read without changes. */
import { built, recordOf } from './built.mjs';
import { literal, text } from './random.mjs';
import { logged } from './values.mjs';

const { JsonFormatter } = built('logging');
const { receivedRecord } = built('handlers/receiver/received-record');
const { RecordPickler } = built('handlers/pickle/record-pickler');
const { RecordJson } = built('handlers/pickle/serializer');
const { FrameReader } = built('handlers/receiver/receiver-connection');
const { UnpicklingError } = built('errors');

/** The default of LogRecordSocketReceiver. */
const MAX_FRAME_BYTES = 1024 * 1024;

const bytesOf = (...bytes) => Buffer.from(bytes);
const line = (code, content) => Buffer.from(`${code}${content}\n`, 'latin1');

/** One opcode with its arguments. */
const OPCODES = [
  (random) => bytesOf(random.pick('()]}NKl0.21tdaesubuRR').charCodeAt(0)),
  (random) =>
    bytesOf(random.pick([0x85, 0x86, 0x87, 0x88, 0x89, 0x8f, 0x90, 0x91, 0x93, 0x94, 0x28, 0x5d, 0x7d])),
  (random) => bytesOf(0x4b, random.below(256)),
  (random) => bytesOf(0x68, random.below(4)),
  (random) => bytesOf(0x71, random.below(4)),
  (random) => bytesOf(0x80, random.below(7)),
  (random) =>
    line(
      random.pick('FILSVgp'),
      random.pick(['0', '1', '-1', '1e9', '9'.repeat(300), "'a'", '00', 'nan', '\\u0041']),
    ),
  (random) =>
    line(
      'c',
      `${random.pick(['datetime', 'builtins', 'os', '_codecs'])}\n${random.pick(['datetime', 'set', 'system', 'encode', 'bytearray'])}`,
    ),
  (random) => {
    const content = Buffer.from(
      random.chance(0.5) ? text(random).slice(0, 200) : random.pick(['name', 'msg', 'levelno']),
    );
    const size = random.chance(0.95) ? Math.min(content.length, 255) : random.below(256);
    return Buffer.concat([bytesOf(random.pick([0x8c, 0x43, 0x55]), size), content.subarray(0, 255)]);
  },
  (random) => {
    // An int of k * 2^64 + 1: many such numbers have the same hash.
    const long = Buffer.alloc(9, 0);
    long[0] = 1;
    long[8] = 1 + random.below(100);
    return Buffer.concat([bytesOf(0x8a, 9), long]);
  },
  (random) =>
    bytesOf(
      random.pick([0x58, 0x42, 0x8b, 0x54]),
      random.below(256),
      random.below(3),
      0,
      random.pick([0, 0, 0x7f, 0xff]),
    ),
  (random) => bytesOf(random.below(256)),
];

/** `{'name': 'a', 'levelno': 20, 'msg': 'x', 'more': …` up to the value of the last key. */
const RECORD_HEAD = Buffer.from('800495', 'hex');
const RECORD_START = Buffer.concat([
  bytesOf(0x80, 4, 0x7d, 0x28),
  ...['name', 'a', 'msg', 'x', 'levelno'].map((word) =>
    Buffer.concat([bytesOf(0x8c, word.length), Buffer.from(word)]),
  ),
  bytesOf(0x4b, 20, 0x8c, 1, 0x65),
]);
const RECORD_END = bytesOf(0x75, 0x2e);

function program(random, most) {
  return Buffer.concat(random.some(most, () => random.pick(OPCODES)(random)));
}

function mutated(random) {
  const frame = new RecordPickler().frame(
    recordOf({
      name: 'shop',
      levelno: 20,
      msg: 'order',
      args: [],
      created: 1,
      extra: { a: [1, { b: 'x' }], s: new Set([1]) },
    }),
    'order',
  );
  const bytes = Buffer.from(frame.subarray(4));
  for (let i = random.below(6); i >= 0; i--) bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
}

const hex = (bytes) => `Buffer.from("${bytes.toString('hex')}", "hex")`;

export const pickles = {
  name: 'pickles',

  make(random) {
    const kind = random.below(10);
    if (kind < 2) return `{ record: { ...${logged(random)}, created: 1 }, json: ${random.chance(0.3)} }`;
    if (kind < 4) return `{ bytes: ${hex(mutated(random))} }`;
    if (kind === 4)
      return `{ bytes: Buffer.from(${literal(`{"name":"a","levelno":20,"msg":"x","e":${'['.repeat(random.pick([1, 100, 100_000]))}${text(random)}`)}) }`;
    const count = random.pick([1, 1, 10, 1000, 20_000, 200_000]);
    const piece = program(random, 6);
    const most = Math.max(1, Math.floor((MAX_FRAME_BYTES - 1000) / Math.max(1, piece.length)));
    const head = random.chance(0.7) ? RECORD_START : RECORD_HEAD;
    const parts = [
      hex(head),
      hex(program(random, 4)),
      `Buffer.alloc(${piece.length * Math.min(count, most)}, ${hex(piece)})`,
    ];
    if (piece.length === 0) parts.pop();
    return `{ bytes: Buffer.concat([${parts.join(', ')}, ${hex(program(random, 4))}, ${hex(RECORD_END)}]) }`;
  },

  check({ bytes, record, json }) {
    if (record !== undefined) return roundTrip(record, json);
    let received;
    try {
      received = receivedRecord(bytes);
    } catch (error) {
      if (error instanceof UnpicklingError) return undefined;
      throw error;
    }
    JSON.parse(new JsonFormatter().format(received));
    return undefined;
  },
};

function roundTrip(fields, json) {
  const record = recordOf(fields);
  let message;
  try {
    message = record.getMessage();
  } catch {
    // For an argument that cannot be printed, the handler reports an Error and sends no frame.
    return undefined;
  }
  const frame = (json ? new RecordJson() : new RecordPickler()).frame(record, message);
  if (frame.length > MAX_FRAME_BYTES) return undefined;
  let received;
  try {
    received = receivedRecord(frame.subarray(4));
  } catch (error) {
    return `what was sent is refused: ${error.message}`;
  }
  // A receiver keeps 256 characters of a name.
  const [sent, got] = [record, received].map(({ name, levelno }) =>
    JSON.stringify([String(name).slice(0, 255), levelno]),
  );
  if (sent !== got) return `sent ${sent}, got ${got}`;
  return received.getMessage() === message || json ? undefined : 'the message is another';
}

export const frames = {
  name: 'frames',

  make(random) {
    const payloads = random.some(
      5,
      () => `Buffer.alloc(${random.pick([0, 1, 5, 4092, 4096, 10_000, 70_000])}, ${random.below(256)})`,
    );
    const sizes = random.some(6, () => random.pick([1, 2, 3, 4, 5, 7, 4096, 65_536]));
    const claimed = random.chance(0.1)
      ? `, claimed: ${random.pick([MAX_FRAME_BYTES, MAX_FRAME_BYTES + 1, 4_294_967_295])}`
      : '';
    return `{ payloads: [${payloads.join(', ')}], sizes: [${sizes.join(', ')}]${claimed} }`;
  },

  check({ payloads, sizes, claimed }) {
    const pieces = payloads.flatMap((payload) => [lengthOf(payload.length), payload]);
    if (claimed !== undefined) pieces.push(lengthOf(claimed));
    const stream = Buffer.concat(pieces);
    const reader = new FrameReader(MAX_FRAME_BYTES);
    const read = [];
    try {
      for (let at = 0, i = 0; at < stream.length; i++) {
        const size = Math.max(sizes[i % sizes.length] ?? stream.length, Math.floor(stream.length / 1000));
        reader.push(stream.subarray(at, at + size), (payload) => read.push(Buffer.from(payload)));
        at += size;
      }
    } catch (error) {
      if (!(error instanceof UnpicklingError)) throw error;
      return claimed > MAX_FRAME_BYTES ? undefined : error.message;
    }
    if (claimed > MAX_FRAME_BYTES) return `a frame of ${claimed} bytes is waited for`;
    const isSame = read.length === payloads.length && read.every((payload, i) => payload.equals(payloads[i]));
    return isSame ? undefined : `${payloads.length} frames were sent, ${read.length} read`;
  },
};

function lengthOf(length) {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(length);
  return header;
}
