/** SocketHandler's packets, the decoder and the framing against what CPython did. */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { RECORD_FIELDS } from '../../lib/core/record-fields';
import type { LogRecord } from '../../lib/core/log-record';
import { SocketHandler } from '../../lib/handlers';
import { FrameReader } from '../../lib/handlers/receiver/receiver-connection';
import { PickleEncoder } from '../../lib/handlers/pickle/pickle-encoder';
import { decodePickle, receivedRecord } from '../../lib/handlers/receiver/received-record';
import { UnpicklingError } from '../../lib/errors';
import { makeLogRecord } from '../../lib/core/record-factory';
import { comparable, dataOf } from '../support/pickle-value';
import { split, vectors, type Differences } from '../support/vectors';

interface PacketInput {
  readonly attributes: unknown;
}

interface PacketExpected {
  readonly packet: string;
  readonly length: number;
  readonly exc_text_on_record_after: string | null;
  readonly decoded: unknown;
  readonly payload_nomemo?: string;
}

interface ValueInput {
  readonly value: unknown;
}

interface ValueExpected {
  readonly protocol: Readonly<Record<string, string>>;
  readonly nomemo1?: string;
}

interface HostileInput {
  readonly pickle: string | null;
}

interface HostileExpected {
  readonly verdict: 'accept' | 'accept-if-listed' | 'accept-or-reject' | 'reject' | 'reject-as-record';
  readonly value?: unknown;
}

interface FramingInput {
  readonly chunks: readonly string[];
}

interface FramingExpected {
  readonly packets: readonly string[];
  readonly leftover: string;
}

const SENT: Differences = {
  'p-msg-exception':
    'the vector names a class and has no value; an Error as message is tested with SocketHandler',
  'p-args-objects-are-formatted-away': 'the vector names a class and has no value',
  'p-extra-lambda-in-args': 'the vector names a class and has no value',
  'p-extra-b-empty':
    'bytes are sent as hexadecimal text: CPython names a global for them, which strict receivers refuse',
  'p-extra-dt': 'a Date is sent as ISO 8601 text, for the same reason',
  'p-extra-exc': 'an Error is sent as text, for the same reason',
};

const RECEIVED: Differences = {
  'p-extra-exc': 'an exception in extra is built by a class of the sender, which is refused',
};

const ENCODED: Differences = {
  'v-b-all': 'bytes are sent as text, never with a global',
  'v-b-300': 'bytes are sent as text, never with a global',
  'v-d-mixedkeys': 'one of its keys is bytes',
  'v-dt-utc': 'dates are sent as text, never with a global',
  'v-date': 'dates are sent as text, never with a global',
  'v-frozenset': 'sets are sent as lists, never with a global',
  'v-bytearray': 'bytes are sent as text, never with a global',
  'v-complex': 'JavaScript has no complex numbers',
  'v-cycle-dict': 'what contains itself is cut with a text; without a memo it cannot be written',
};

const DECODED: Differences = {
  'v-date': 'the vector names a class and has no value; tested below',
  'v-complex': 'a complex number is built by a name that is refused',
  'v-cycle-dict': 'the vector has no value; tested below',
};

const PYTHON_TO_OURS: ReadonlyMap<string, string> = RECORD_FIELDS;

function recordOf(attributes: unknown): LogRecord {
  const data = dataOf(attributes) as ReadonlyMap<string, unknown>;
  const known = [...data].filter(([name]) => name !== 'extra');
  const record = makeLogRecord(Object.fromEntries(known));
  if (data.has('extra')) record.extra = { extra: data.get('extra') };
  return record;
}

describe('packet vectors, sent', () => {
  const cases = vectors<PacketInput, PacketExpected>('pickle', 'packet');
  const { run, listed } = split(cases, SENT);

  it.each(run)('$id', async ({ in: input, expect: expected }) => {
    const record = recordOf(input.attributes);
    const handler = new SocketHandler('127.0.0.1', 9);

    const packet = handler.makePickle(record);
    await handler.close();

    expect(packet.subarray(4).toString('hex')).toBe(expected.payload_nomemo);
    expect(packet.readUInt32BE(0)).toBe(packet.length - 4);
    expect(record.excText ?? null).toBe(expected.exc_text_on_record_after);
  });

  it('runs or lists every case', () => {
    expect(run.length + listed.length).toBe(cases.length);
    expect(listed.length).toBe(Object.keys(SENT).length);
  });
});

describe('packet vectors, received', () => {
  const cases = vectors<PacketInput, PacketExpected>('pickle', 'packet');
  const { run, listed } = split(cases, RECEIVED);

  it.each(run)('$id', ({ expect: expected }) => {
    const packet = Buffer.from(expected.packet, 'hex');
    const decoded = dataOf(expected.decoded) as ReadonlyMap<string, unknown>;

    expect(packet.readUInt32BE(0)).toBe(packet.length - 4);
    expect(comparable(decodePickle(packet.subarray(4)))).toEqual(comparable(decoded));
    const record = receivedRecord(packet.subarray(4));
    const known = [...decoded].filter(([name, value]) => PYTHON_TO_OURS.has(name) && value !== null);
    const ours = known.map(([name]) => [name, Reflect.get(record, PYTHON_TO_OURS.get(name) ?? '')]);
    expect(ours).toEqual(known);
    expect(Object.keys(record.extra ?? {})).toEqual(decoded.has('extra') ? ['extra'] : []);
  });

  it.each(listed)('$id is refused', ({ expect: expected }) => {
    expect(() => receivedRecord(Buffer.from(expected.packet, 'hex').subarray(4))).toThrow(UnpicklingError);
  });

  it('runs or lists every case', () => {
    expect(run.length + listed.length).toBe(cases.length);
  });
});

describe('value vectors, encoded', () => {
  const cases = vectors<ValueInput, ValueExpected>('pickle', 'values');
  const { run, listed } = split(cases, ENCODED);

  it.each(run)('$id', ({ in: { value }, expect: expected }) => {
    expect(new PickleEncoder().encode(dataOf(value)).toString('hex')).toBe(expected.nomemo1);
  });

  it('runs or lists every case', () => {
    expect(run.length + listed.length).toBe(cases.length);
    expect(listed.length).toBe(Object.keys(ENCODED).length);
  });
});

describe('value vectors, decoded', () => {
  const cases = vectors<ValueInput, ValueExpected>('pickle', 'values');
  const { run, listed } = split(cases, DECODED);
  const of = (id: string): string[] =>
    Object.values(cases.find((vector) => vector.id === id)?.expect.protocol ?? {});

  it.each(run)('$id in every protocol', ({ in: { value }, expect: expected }) => {
    for (const [protocol, hex] of Object.entries(expected.protocol)) {
      const decoded = comparable(decodePickle(Buffer.from(hex, 'hex')));
      expect(decoded, `protocol ${protocol}`).toEqual(comparable(dataOf(value)));
    }
  });

  it('v-date is a text', () => {
    expect(new Set(of('v-date').map((hex) => decodePickle(Buffer.from(hex, 'hex'))))).toEqual(
      new Set(['2024-02-29']),
    );
  });

  it('v-complex is refused', () => {
    expect(of('v-complex')).toHaveLength(6);
    for (const hex of of('v-complex'))
      expect(() => decodePickle(Buffer.from(hex, 'hex'))).toThrow(UnpicklingError);
  });

  it('v-cycle-dict is a dict that contains itself, and no record', () => {
    expect(of('v-cycle-dict')).toHaveLength(6);
    for (const hex of of('v-cycle-dict')) {
      const dict = decodePickle(Buffer.from(hex, 'hex')) as ReadonlyMap<string, unknown>;
      expect(dict.get('self')).toBe(dict);
      expect(() => receivedRecord(Buffer.from(hex, 'hex'))).toThrow(UnpicklingError);
    }
  });

  it('runs or lists every case', () => {
    expect(run.length + listed.length).toBe(cases.length);
    expect(listed.length).toBe(Object.keys(DECODED).length);
  });
});

/** The result, or the UnpicklingError; anything else that is thrown is a failure of the test. */
function outcome(decode: () => unknown): unknown {
  try {
    return decode();
  } catch (error) {
    if (error instanceof UnpicklingError) return error;
    throw error;
  }
}

/** The vector's verdict when the result is in line with it, else what is wrong. */
function verdictOf(result: unknown, { verdict, value }: HostileExpected): string {
  if (result instanceof UnpicklingError) return verdict === 'accept' ? 'refused' : verdict;
  if (verdict === 'reject') return 'accepted';
  const isRight = value === undefined || isDeepStrictEqual(comparable(result), comparable(dataOf(value)));
  return isRight ? verdict : 'another value';
}

const MEBIBYTE = 1024 * 1024;

/** CPU time of the best of three runs in ms, since others take turns on the cores, and the most memory that one added. */
function cost(work: () => unknown): { readonly ms: number; readonly bytes: number } {
  const runs = Array.from({ length: 3 }, () => {
    const before = process.memoryUsage();
    const started = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(started);
    const after = process.memoryUsage();
    return {
      ms: (user + system) / 1000,
      bytes: after.heapUsed + after.external - before.heapUsed - before.external,
    };
  });
  return { ms: Math.min(...runs.map(({ ms }) => ms)), bytes: Math.max(...runs.map(({ bytes }) => bytes)) };
}

describe('hostile vectors', () => {
  const cases = vectors<HostileInput, HostileExpected>('pickle', 'hostile');
  const pickleOf = (id: string, hex: string | null): Buffer => {
    if (hex !== null) return Buffer.from(hex, 'hex');
    // The one that the file describes in words: b')' + b'\x85' * 50000 + b'.'
    expect(id).toBe('h-nested-tuples-50000');
    return Buffer.concat([Buffer.from(')'), Buffer.alloc(50_000, 0x85), Buffer.from('.')]);
  };

  it.each(cases)('$id: $expect.verdict', ({ id, in: input, expect: expected }) => {
    const pickle = pickleOf(id, input.pickle);
    const result = outcome(() => decodePickle(pickle));
    const asRecord = outcome(() => receivedRecord(pickle));

    expect(verdictOf(result, expected)).toBe(expected.verdict);
    // None of the hostile pickles is a record.
    expect(asRecord).toBeInstanceOf(UnpicklingError);
  });

  it.each(cases)('$id takes less than 50 ms of CPU and 20 MiB', ({ id, in: input }) => {
    const pickle = pickleOf(id, input.pickle);
    const spent = cost(() => outcome(() => receivedRecord(pickle)));

    expect(spent.ms).toBeLessThan(50);
    expect(spent.bytes).toBeLessThan(20 * MEBIBYTE);
  });

  it('never changes a prototype', () => {
    for (const { id, in: input } of cases) outcome(() => receivedRecord(pickleOf(id, input.pickle)));

    expect(Reflect.get({}, 'polluted')).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe('framing vectors', () => {
  const cases = vectors<FramingInput, FramingExpected>('pickle', 'framing');
  const differences: Differences = {
    'fr-huge-length': 'its length is refused at once and the connection ended; CPython would wait for 4 GiB',
  };
  const { run, listed } = split(cases, differences);

  it.each(run)('$id', ({ in: { chunks }, expect: expected }) => {
    const reader = new FrameReader(MEBIBYTE);
    const packets: string[] = [];
    for (const chunk of chunks)
      reader.push(Buffer.from(chunk, 'hex'), (payload) => void packets.push(payload.toString('hex')));

    expect(packets).toEqual(expected.packets);
    expect(reader.pending).toBe(expected.leftover.length / 2);
  });

  it.each(listed)('$id is refused by the limit', ({ in: { chunks } }) => {
    const reader = new FrameReader(MEBIBYTE);
    const read = (): void =>
      chunks.forEach((chunk) => reader.push(Buffer.from(chunk, 'hex'), () => undefined));

    expect(read).toThrow('a frame claims 4294967295 bytes; "maxFrameBytes" is 1048576');
    expect(reader.pending).toBe(0);
  });

  it('runs or lists every case', () => {
    expect(run.length + listed.length).toBe(cases.length);
  });
});
