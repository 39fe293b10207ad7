import { describe, expect, it } from 'vitest';
import { OP, PickleWriter } from '../../../lib/handlers/pickle/pickle-writer';

function written(work: (writer: PickleWriter) => void): string {
  const writer = new PickleWriter();
  work(writer);
  return writer.take().toString('hex');
}

describe('PickleWriter', () => {
  it.each([
    [0, '4b00'],
    [255, '4bff'],
    [256, '4d0001'],
    [65_536, '4a00000100'],
    [-1, '4affffffff'],
    [2_147_483_648, Buffer.from('L2147483648L\n').toString('hex')],
  ])('writes the integer %d as CPython does', (value, hex) => {
    expect(written((writer) => writer.number(value))).toBe(hex);
  });

  it.each([1.5, -0, Number.NaN, Infinity, 2 ** 60])('writes %d as a float', (value) => {
    const bytes = Buffer.from(
      written((writer) => writer.number(value)),
      'hex',
    );

    expect(bytes[0]).toBe(OP.binFloat);
    expect(bytes.readDoubleBE(1)).toBe(value);
  });

  it('writes a small bigint as the integer it is', () => {
    expect(written((writer) => writer.bigint(7n))).toBe('4b07');
  });

  it('names a bigint with more digits than CPython reads', () => {
    const text = Buffer.from(
      written((writer) => writer.bigint(10n ** 4300n)),
      'hex',
    ).toString('latin1', 5);

    expect(text).toBe('[BigInt of more than 4300 digits]');
  });

  it.each(['', 'plain', 'é', '😀', 'x'.repeat(49), 'é'.repeat(100_000)])(
    'writes a text as UTF-8 (%#)',
    (text) => {
      const bytes = Buffer.from(
        written((writer) => writer.text(text)),
        'hex',
      );

      expect(bytes.readUInt32LE(1)).toBe(Buffer.byteLength(text));
      expect(bytes.toString('utf8', 5)).toBe(text);
    },
  );

  it('writes half a surrogate pair as three bytes, between whole characters', () => {
    expect(written((writer) => writer.text('é\ud83d😀'))).toBe('5809000000c3a9eda0bdf09f9880');
  });

  it('replaces a float by where it ends', () => {
    const bytes = Buffer.from(
      written((writer) => {
        writer.float(0);
        writer.floatBefore(writer.length, 1.5);
      }),
      'hex',
    );

    expect(bytes.readDoubleBE(1)).toBe(1.5);
  });

  it('drops what is rewound', () => {
    const hex = written((writer) => {
      writer.opcode(OP.none);
      writer.text('gone');
      writer.rewind(1);
    });

    expect(hex).toBe('4e');
  });

  it('keeps what it wrote when its buffer grows', () => {
    const writer = new PickleWriter();
    writer.reset(4);
    writer.text('first');
    writer.text('x'.repeat(3_000_000));

    const bytes = writer.take();

    expect(bytes.toString('latin1', 9, 14)).toBe('first');
    expect(bytes.length).toBe(4 + 10 + 5 + 3_000_000);
  });

  it('hands out copies, which the next pickle does not change', () => {
    const writer = new PickleWriter();
    writer.text('one');
    const first = writer.take();
    writer.reset();
    writer.text('two');

    expect(first.toString('latin1', 5)).toBe('one');
  });
});
