import { describe, expect, it } from 'vitest';
import { MadeReference, referencesIn, replaceReferences } from '../../lib/config/made-reference';

const file = new MadeReference('handlers', 'file');
const json = new MadeReference('formatters', 'json');

describe('replaceReferences', () => {
  it('replaces at any depth and leaves other objects alone', () => {
    const own = new Map();

    const replaced = replaceReferences({ a: file, b: [json, { c: file }], own }, ({ name }) => name);

    expect(replaced).toEqual({ a: 'file', b: ['json', { c: 'file' }], own });
    expect((replaced as { own: unknown }).own).toBe(own);
  });
});

describe('referencesIn', () => {
  it('lists them', () => {
    expect(referencesIn([{ a: file }, 'text', [json]])).toEqual([file, json]);
    expect(referencesIn(undefined)).toEqual([]);
  });
});
