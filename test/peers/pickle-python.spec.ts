/** Random values through our encoder and CPython's, in every protocol. */
import { describe, expect, it } from 'vitest';
import { decodePickle } from '../../lib/handlers/receiver/received-record';
import { PickleEncoder } from '../../lib/handlers/pickle/pickle-encoder';
import { comparable, dataOf } from '../support/pickle-value';
import { randomOf, type Random } from '../support/random';
import { haveCommands } from '../support/real-means';
import { runPython } from './python';

const VALUES = 3000;

/** For each pickle: its value, tagged as in the vectors, and its pickles in the protocols 0 to 5. */
const ECHO = `
import json, pickle, sys
def tag(v):
    if isinstance(v, float): return {'$float': repr(v)}
    if isinstance(v, int) and not isinstance(v, bool) and abs(v) > 2 ** 53 - 1: return {'$int': str(v)}
    if isinstance(v, tuple): return {'$tuple': [tag(i) for i in v]}
    if isinstance(v, dict): return {'$dict': [[tag(k), tag(i)] for k, i in v.items()]}
    return [tag(i) for i in v] if isinstance(v, list) else v
for line in sys.stdin:
    value = pickle.loads(bytes.fromhex(line))
    print(json.dumps({'value': tag(value), 'pickles': [pickle.dumps(value, p).hex() for p in range(6)]}))
`;

interface Echo {
  readonly value: unknown;
  readonly pickles: readonly string[];
}

const SPECIAL_UNITS = [
  0, 9, 10, 13, 26, 39, 34, 92, 117, 0x7f, 0xe9, 0x2028, 0xd83d, 0xde00, 0xfeff, 0xfffd, 0xffff,
];

function text(random: Random): string {
  const units = Array.from({ length: random.below(random.below(8) === 0 ? 400 : 12) }, () =>
    random.below(3) === 0 ? (SPECIAL_UNITS[random.below(SPECIAL_UNITS.length)] ?? 0) : 32 + random.below(95),
  );
  return String.fromCharCode(...units);
}

function number(random: Random): number | bigint {
  const sign = random.below(2) === 0 ? 1 : -1;
  switch (random.below(4)) {
    case 0:
      return sign * random.below(2 ** random.below(54)) || 0;
    case 1:
      return BigInt(sign) * (2n ** 53n + BigInt(random.below(2 ** 53)) ** BigInt(1 + random.below(5)));
    case 2:
      return [Number.NaN, Infinity, -Infinity, -0, Number.MIN_VALUE, Number.MAX_VALUE][random.below(6)] ?? 0;
    default: {
      const bits = Buffer.alloc(8);
      for (let i = 0; i < 8; i++) bits[i] = random.below(256);
      return bits.readDoubleBE(0);
    }
  }
}

function value(random: Random, depth = 0): unknown {
  const many = (): unknown[] => Array.from({ length: random.below(6) }, () => value(random, depth + 1));
  switch (random.below(depth < 5 ? 8 : 5)) {
    case 0:
      return null;
    case 1:
      return random.below(2) === 0;
    case 2:
      return number(random);
    case 3:
    case 4:
      return text(random);
    case 5:
      return many();
    case 6:
      return Object.freeze(many());
    default:
      return new Map(many().map((item, i) => [i % 3 === 2 ? i * 1000 : text(random), item]));
  }
}

/** Prints the repr of what an Unpickler reads that refuses every name. */
const STRICT = `
import io, pickle, sys
class Strict(pickle.Unpickler):
    def find_class(self, module, name): raise pickle.UnpicklingError(f'global {module}.{name} is forbidden')
for line in sys.stdin:
    print(repr(Strict(io.BytesIO(bytes.fromhex(line))).load()))
`;

describe.runIf(haveCommands('python3'))('values that are no plain data', { timeout: 30_000 }, () => {
  it('are read by an Unpickler that refuses every name', async () => {
    class Order {
      readonly id = 7;
    }
    const values = [
      new Date(0),
      new Map([[new Date(0), new Order()]]),
      new Set([new Order()]),
      new Uint8Array([1, 2]),
      new URL('http://shop.example/'),
      Object.create(null),
      Symbol('s'),
      () => 1,
      /x/,
      new Error('e').message,
      new Proxy({ a: 1 }, {}),
      Object.assign(() => 1, { toJSON: 1 }),
    ];
    const encoder = new PickleEncoder();
    const input = values.map((value) => `${encoder.encode(value).toString('hex')}\n`).join('');

    expect((await runPython(STRICT, { input })).split('\n')).toEqual([
      "'1970-01-01T00:00:00.000Z'",
      "{'1970-01-01T00:00:00.000Z': {'id': 7}}",
      "[{'id': 7}]",
      "'0102'",
      "'http://shop.example/'",
      '{}',
      "'Symbol(s)'",
      "'[Function: anonymous]'",
      "'/x/'",
      "'e'",
      "{'a': 1}",
      "'[Function: anonymous]'",
      '',
    ]);
  });
});

describe.runIf(haveCommands('python3'))('3000 random values', () => {
  it('come back from CPython as they went, and from its pickles of every protocol', async () => {
    const random = randomOf(31_337);
    const encoder = new PickleEncoder();
    const values = Array.from({ length: VALUES }, () => value(random));
    const input = values.map((item) => `${encoder.encode(item).toString('hex')}\n`).join('');

    const output = await runPython(ECHO, { input });
    const echoes = output.split('\n').slice(0, -1);

    expect(echoes).toHaveLength(VALUES);
    for (const [i, line] of echoes.entries()) {
      const echo = JSON.parse(line) as Echo;
      const sent = comparable(values[i]);
      expect(comparable(dataOf(echo.value))).toEqual(sent);
      const decoded = echo.pickles.map((hex) => comparable(decodePickle(Buffer.from(hex, 'hex'))));
      expect(decoded).toEqual([sent, sent, sent, sent, sent, sent]);
    }
  }, 60_000);
});
