import { describe, expect, it } from 'vitest';
import { frameOf } from '../../../lib/handlers/socket/frame';

describe('frameOf', () => {
  it('puts the length in front of the parts, in four bytes, the highest first', () => {
    expect(frameOf(Buffer.from('ab'), Buffer.from('c')).toString('hex')).toBe('00000003616263');
  });
});
