import { describe, expect, it } from 'vitest';
import { decodePickle } from '../../../lib/handlers/socket/pickle-decoder';
import { UnpicklingError } from '../../../lib/handlers/socket/unpickling.error';

const decoded = (text: string): unknown => decodePickle(Buffer.from(text, 'latin1'));

function memory(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe('decodePickle', () => {
  it('reads lists, tuples and dicts, each as what it is', () => {
    expect(decoded('(lI1\na.')).toEqual([1]);
    expect(decoded('(I1\nI01\nNt.')).toEqual([1, true, null]);
    expect(decoded("(S'a'\nI1\nd.")).toEqual(new Map([['a', 1]]));
  });

  it('gives a shared list once', () => {
    const [first, second] = decoded(']q\0(]q\x01h\x01e.') as readonly unknown[];

    expect(first).toBe(second);
  });

  it('leaves what stands behind STOP, as CPython does', () => {
    expect(decoded('N.garbage')).toBeNull();
  });

  it('says why and where it refuses a pickle', () => {
    expect(() => decoded('cos\nsystem\n.')).toThrow('the name "os.system" is refused, before byte 11');
  });

  it.each([
    ['a name as the result', 'cdatetime\ndate\n.'],
    ['a name in a dict', '}X\x01\0\0\0acdatetime\ndate\ns.'],
    ['a memoized name as data', 'cdatetime\ndate\nq\x000](h\0e.'],
    ['a list as a key', '}]Ns.'],
    ['a dict as a member of a set', '\x80\x04\x8f(}\x90.'],
    ['a key without a value', '(Nd.'],
    ['a tuple that is appended to', ')Na.'],
    ['a protocol of the future', '\x80\x06N.'],
    ['REDUCE of a text', "S'os.system'\n)R."],
    ['a name that is no text', '\x80\x04N\x8c\x01a\x93.'],
    ['a negative memo index', 'Np-1\n.'],
  ])('refuses %s', (_what, pickle) => {
    expect(() => decoded(pickle)).toThrow(UnpicklingError);
  });

  it.each([
    ['empty dicts', '}'],
    ['empty sets', '\x8f'],
    ['empty lists', ']'],
    ['memo entries', 'N\x94'],
    ['marks', '('],
    ['copies', '2'],
  ])('refuses a mebibyte of %s within 64 MiB', (_what, opcodes) => {
    const pickle = Buffer.from(`N${opcodes.repeat(1024 * 1024)}`, 'latin1');
    const before = memory();

    expect(() => decodePickle(pickle)).toThrow(UnpicklingError);
    expect(memory() - before).toBeLessThan(64 * 1024 * 1024);
  });
});
