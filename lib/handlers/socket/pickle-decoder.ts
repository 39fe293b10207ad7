/** A pickle as plain data. Nothing it says is looked up, called or built; it is bytes that describe values. */
import { COST, PickleMachine } from './pickle-machine';
import { operate } from './pickle-opcodes';
import { OP } from './pickle-writer';
import { UnpicklingError } from './unpickling.error';

/**
 * Reads a pickle of protocol 0 to 5. None is null, int a number or beyond 2^53 a bigint, float a number, str a string,
 * list an array, tuple a frozen array, dict a Map, set and frozenset a Set, bytes and bytearray a Buffer; `datetime`,
 * `date` and `time` are ISO 8601 texts, `timedelta` is seconds. What stands behind STOP is left, as in CPython.
 *
 * Differs from `pickle.loads`: every other name, and every opcode that makes an object, is refused; so is a pickle
 * that would take more memory than 4 MiB and four times its length, or work of that measure: 1 MiB is read or refused
 * within 50 ms. Integers beyond 2^53 in a set, or as keys of a dict, are decimal texts.
 *
 * @throws UnpicklingError for anything else than such a pickle.
 */
export function decodePickle(bytes: Buffer): unknown {
  const machine = new PickleMachine(bytes);
  const { reader } = machine;
  try {
    for (;;) {
      const code = reader.byte();
      if (code === OP.stop) return machine.pop();
      machine.charge(COST.opcode);
      operate(code, machine);
    }
  } catch (error) {
    throw located(error, reader.position);
  }
}

function located(error: unknown, position: number): UnpicklingError {
  const why = error instanceof Error ? error.message : String(error);
  return new UnpicklingError(`${why}, before byte ${position}`, { cause: error });
}
