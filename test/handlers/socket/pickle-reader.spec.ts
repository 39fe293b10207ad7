import { describe, expect, it } from 'vitest';
import { PickleReader } from '../../../lib/handlers/socket/pickle-reader';
import { UnpicklingError } from '../../../lib/handlers/socket/unpickling.error';

const reader = (hex: string): PickleReader => new PickleReader(Buffer.from(hex, 'hex'));

describe('PickleReader', () => {
  it('reads numbers in the byte order of pickles', () => {
    const bytes = reader('010200ffffffff020000003ff8000000000000');

    expect(bytes.byte()).toBe(1);
    expect(bytes.uint16()).toBe(2);
    expect(bytes.int32()).toBe(-1);
    expect(bytes.uint32()).toBe(2);
    expect(bytes.double()).toBe(1.5);
    expect(bytes.position).toBe(19);
  });

  it('reads a line without its newline', () => {
    const bytes = reader('61620a63');

    expect(bytes.line().toString()).toBe('ab');
    expect(bytes.byte()).toBe(0x63);
  });

  it.each<[string, (bytes: PickleReader) => unknown]>([
    ['', (bytes) => bytes.byte()],
    ['01', (bytes) => bytes.uint16()],
    ['0102', (bytes) => bytes.take(3)],
    ['0102', (bytes) => bytes.take(-1)],
    ['6162', (bytes) => bytes.line()],
    ['ffffffffffffffff', (bytes) => bytes.length64()],
    ['0100000000000000', (bytes) => bytes.length64()],
  ])('refuses to read past the end (%#)', (hex, read) => {
    expect(() => read(reader(hex))).toThrow(UnpicklingError);
  });
});
