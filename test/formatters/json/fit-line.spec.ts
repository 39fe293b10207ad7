import { describe, expect, it } from 'vitest';
import { fitLine } from '../../../lib/formatters/json/fit-line';

const whole: ReadonlySet<string> = new Set(['time', 'level']);
const first: ReadonlySet<string> = new Set(['message', 'error']);
const HEAD = { time: '2024-02-29T08:15:00.123Z', level: 'INFO' };

interface Line {
  readonly [key: string]: unknown;
  readonly message?: string;
}

function fitted(record: Readonly<Record<string, unknown>>, maxBytes: number): Line {
  const line = fitLine(JSON.stringify(record), { maxBytes, whole, first });
  expect(Buffer.byteLength(line)).toBeLessThanOrEqual(maxBytes);
  return JSON.parse(line) as Line;
}

describe('fitLine', () => {
  it('cuts the largest values, and leaves the small ones as they are', () => {
    const record = {
      ...HEAD,
      message: 'placed',
      a: 'x'.repeat(5000),
      b: 'y'.repeat(3000),
      c: 'z'.repeat(500),
    };

    expect(fitted(record, 2000)).toMatchObject({
      ...HEAD,
      message: 'placed',
      a: expect.stringMatching(/^x{500,}…\[\d+ more characters cut\]$/),
      b: expect.stringMatching(/^y{500,}…\[\d+ more characters cut\]$/),
      c: 'z'.repeat(500),
    });
  });

  it('uses the room there is', () => {
    const line = fitLine(JSON.stringify({ ...HEAD, a: 'x'.repeat(50_000), b: 'y'.repeat(50_000) }), {
      maxBytes: 16_384,
      whole,
      first,
    });

    expect(Buffer.byteLength(line)).toBeGreaterThan(16_000);
  });

  it('counts what was cut, with what an earlier limit cut', () => {
    const { message = '' } = fitted(
      { ...HEAD, message: `${'x'.repeat(5000)}…[100 more characters cut]` },
      1000,
    );
    const [, kept = '', cut] = /^(x+)…\[(\d+) more characters cut\]$/.exec(message) ?? [];

    expect(kept.length + Number(cut)).toBe(5100);
  });

  it.each([
    ['two bytes', 'é'],
    ['four bytes', '😀'],
    ['an escape', '\n'],
    ['an escape of six bytes', '\u202e'],
    ['a lone surrogate', '\ud800'],
  ])('counts bytes, and splits no character of %s', (_what, character) => {
    const { message = '' } = fitted({ ...HEAD, message: character.repeat(4000) }, 600);

    expect(message.slice(0, message.lastIndexOf('…['))).toBe(
      character.repeat(message.lastIndexOf('…[') / character.length),
    );
    expect(message.length).toBeGreaterThan(40);
  });

  it('leaves out items and keys that there is no room for, and says how many', () => {
    const numbers = Array.from({ length: 3000 }, (_, at) => at);
    const keys = Object.fromEntries(numbers.map((at) => [`key ${at}`, at]));
    const { list, map } = fitted({ ...HEAD, list: numbers, map: keys }, 1500) as {
      list: readonly unknown[];
      map: Record<string, unknown>;
    };

    expect(list.at(-1)).toBe(`… ${3000 - list.length + 1} more items`);
    expect(map['…']).toBe(`${3000 - Object.keys(map).length + 1} more keys`);
  });

  it('leaves out keys of the record before those that matter', () => {
    const extra = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`key ${at}`, 'x'.repeat(100)]));
    const line = fitted(
      { ...HEAD, ...extra, message: 'placed', error: { type: 'Error', message: 'boom' } },
      1000,
    );

    expect(line).toMatchObject({ ...HEAD, message: 'placed', error: { type: 'Error', message: 'boom' } });
    expect(line['…']).toMatch(/^\d+ more keys$/);
  });

  it('cuts even what should stay where it leaves no room for anything else', () => {
    const line = fitted({ ...HEAD, level: 'L'.repeat(5000), message: 'placed' }, 500);

    expect(line.message).toBe('placed');
    expect(line['level']).toMatch(/^L+…\[\d+ more characters cut\]$/);
  });

  it('keeps the limit, and JSON, of whatever a line holds', () => {
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const texts = ['x', 'é', '😀', '\n', '"', '\u202e', '\ud83d', '\\'];
    const make = (depth: number): unknown => {
      const kind = random(depth > 3 ? 3 : 5);
      if (kind < 2) return (texts[random(texts.length)] ?? '').repeat(random(400));
      if (kind === 2) return [random(1e9), null, true, 1e-7][random(4)];
      const items = Array.from({ length: random(8) }, () => make(depth + 1));
      return kind === 3 ? items : Object.fromEntries(items.map((item) => [String(make(9)), item]));
    };
    for (let run = 0; run < 300; run++) {
      const record = { ...HEAD, message: make(9), __proto__: null, a: make(0), b: make(0), error: make(1) };

      fitted(record, 400 + random(8000));
    }
  });
});
