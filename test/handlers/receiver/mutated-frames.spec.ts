/** Pickles with flipped, lost, doubled and spliced bytes: each is a record, or is refused. */
import { describe, expect, it } from 'vitest';
import { UnpicklingError } from '../../../lib/errors';
import { frameOf } from '../../../lib/handlers/pickle/frame';
import { receivedRecord } from '../../../lib/handlers/receiver/received-record';
import { FrameReader } from '../../../lib/handlers/receiver/receiver-connection';
import { randomOf, type Random } from '../../support/random';
import { vectors } from '../../support/vectors';

const MUTATIONS = 200_000;
/** Longer ones spend the time on bytes that change nothing. */
const LONGEST = 1500;

/** Packets more often than what else there is, so that many mutations are still records. */
function corpus(): Buffer[] {
  const packets = vectors<unknown, { readonly packet: string }>('pickle', 'packet');
  const values = vectors<unknown, { readonly protocol: Record<string, string> }>('pickle', 'values');
  const hostile = vectors<{ readonly pickle: string | null }, unknown>('pickle', 'hostile');
  const hex = [
    ...Array.from({ length: 20 }, () => packets.map(({ expect: { packet } }) => packet.slice(8))).flat(),
    ...values.flatMap(({ expect: { protocol } }) => Object.values(protocol)),
    ...hostile.flatMap(({ in: { pickle } }) => pickle ?? []),
  ];
  return hex.map((text) => Buffer.from(text, 'hex')).filter(({ length }) => length > 0 && length <= LONGEST);
}

/** One to four changes of a kind each. */
function mutate(pickle: Buffer, other: Buffer, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(pickle);
  for (let changes = random.below(4) + 1; changes > 0; changes--) {
    const at = random.below(bytes.length + 1);
    switch (random.below(5)) {
      case 0:
        if (at < bytes.length) bytes[at] = random.below(256);
        break;
      case 1:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          bytes.subarray(Math.min(at + random.below(9), bytes.length)),
        ]);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.of(random.below(256)), bytes.subarray(at)]);
        break;
      case 3:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          other.subarray(random.below(other.length)),
          bytes.subarray(at),
        ]);
        break;
      default:
        if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    }
  }
  return bytes;
}

/** What becomes of the first frame in the bytes. */
function outcomeOf(bytes: Buffer): 'unframed' | 'records' | 'refused' {
  let outcome: 'unframed' | 'records' | 'refused' = 'unframed';
  try {
    new FrameReader(1024 * 1024).push(bytes, (payload) => {
      receivedRecord(payload);
      outcome = 'records';
    });
    return outcome;
  } catch (error) {
    if (error instanceof UnpicklingError) return 'refused';
    throw new Error(`${bytes.toString('hex')} threw ${String(error)}`, { cause: error });
  }
}

describe('200 000 mutated frames', () => {
  it('are records or refused with UnpicklingError, and none hangs', () => {
    const random = randomOf(20_240_229);
    const pickles = corpus();
    const pick = (): Buffer => pickles[random.below(pickles.length)] ?? Buffer.alloc(0);
    const results = { unframed: 0, records: 0, refused: 0 };
    for (let i = 0; i < MUTATIONS; i++) {
      const frame = frameOf(mutate(pick(), pick(), random));
      const bytes = random.below(8) === 0 ? mutate(frame, pick(), random) : frame;
      results[outcomeOf(bytes)]++;
    }

    expect(results.unframed + results.records + results.refused).toBe(MUTATIONS);
    // Enough of both kinds that the mutations reach behind the first opcode.
    expect(results.records).toBeGreaterThan(MUTATIONS / 100);
    expect(results.refused).toBeGreaterThan(MUTATIONS / 100);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  }, 120_000);
});
