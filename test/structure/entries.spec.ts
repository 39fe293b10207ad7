import { describe, expect, it } from 'vitest';
import * as index from '../../lib';
import * as logging from '../../lib/logging';
import * as nest from '../../lib/nest';

describe('the entry of the package', () => {
  it('exports all of nestjs-hindsight/logging and of the folder nest', () => {
    // `export *` silently drops a name that both of them export.
    const expected = new Set([...Object.keys(logging), ...Object.keys(nest)]);
    expect(new Set(Object.keys(index))).toEqual(expected);
    expect(expected.size).toBe(Object.keys(logging).length + Object.keys(nest).length);
  });
});
