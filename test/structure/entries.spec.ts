import { describe, expect, it } from 'vitest';
import * as index from '../../lib';
import * as logging from '../../lib/logging';

describe('the entry of the package', () => {
  it('exports all that nestjs-hindsight/logging does', () => {
    const missing = Object.keys(logging).filter((name) => !Object.hasOwn(index, name));
    expect(missing).toEqual([]);
  });
});
