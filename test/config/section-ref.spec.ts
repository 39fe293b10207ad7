import { describe, expect, it } from 'vitest';
import { SectionRef, referencesIn, replaceReferences } from '../../lib/config/section-ref';

const file = new SectionRef('handlers', 'file');
const json = new SectionRef('formatters', 'json');

describe('replaceReferences', () => {
  it('replaces at any depth and leaves other objects alone', () => {
    const own = new Map();

    const replaced = replaceReferences({ a: file, b: [json, { c: file }], own }, ({ name }) => name);

    expect(replaced).toEqual({ a: 'file', b: ['json', { c: 'file' }], own });
    expect((replaced as { own: unknown }).own).toBe(own);
  });

  describe('given an object of the program', () => {
    it('keeps the object that it is', () => {
      const mailer = { sent: 0, send: () => undefined };

      const replaced = replaceReferences({ mailer, file }, () => 'made') as { mailer: unknown };

      expect(replaced).toEqual({ mailer, file: 'made' });
      expect(replaced.mailer).toBe(mailer);
    });

    it.each([
      ['holds itself', 3, 1],
      ['holds itself in many ways', 40, 40],
      ['is deep', 20_000, 1],
    ])('ends at one that %s', (_what, count, fanOut) => {
      const nodes = Array.from({ length: count }, (): Record<string, unknown> => ({}));
      for (const [i, node] of nodes.entries()) {
        for (let k = 1; k <= fanOut; k++) node[`to${k}`] = nodes[(i + k) % count];
      }

      expect(replaceReferences(nodes[0], () => 'made')).toBe(nodes[0]);
    });
  });
});

describe('referencesIn', () => {
  it('lists them', () => {
    expect(referencesIn([{ a: file }, 'text', [json]])).toEqual([file, json]);
    expect(referencesIn(undefined)).toEqual([]);
  });

  it('finds each once in a value that holds itself', () => {
    const loop: Record<string, unknown> = { file };
    loop['again'] = [loop, loop];

    expect(referencesIn(loop)).toEqual([file]);
  });
});
