import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { frameOf, signFrame, verifiedPayload } from '../../../lib/handlers/pickle/frame';

describe('frameOf', () => {
  it('puts the length in front of the parts, in four bytes, the highest first', () => {
    expect(frameOf(Buffer.from('ab'), Buffer.from('c')).toString('hex')).toBe('00000003616263');
  });
});

const payload = Buffer.from('payload');

describe('signFrame', () => {
  it('puts the HMAC of the payload in front of it and lengthens the frame', () => {
    const mac = createHmac('sha256', 'secret').update(payload).digest();

    expect(signFrame(frameOf(payload), 'secret')).toEqual(frameOf(mac, payload));
  });
});

describe('verifiedPayload', () => {
  const signed = signFrame(frameOf(payload), 'secret').subarray(4);

  it('returns the payload that was signed with the key', () => {
    expect(verifiedPayload(signed, Buffer.from('secret'))?.toString()).toBe('payload');
  });

  it('returns nothing for another key, another payload, or no signature at all', () => {
    const changed = Buffer.from(signed);
    changed[40 - 4] = 0;

    expect(verifiedPayload(signed, 'other')).toBeUndefined();
    expect(verifiedPayload(changed, 'secret')).toBeUndefined();
    expect(verifiedPayload(payload, 'secret')).toBeUndefined();
  });
});
