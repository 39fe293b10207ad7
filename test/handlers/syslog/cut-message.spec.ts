import { describe, expect, it } from 'vitest';
import { cutMessage } from '../../../lib/handlers/syslog/cut-message';

describe('cutMessage', () => {
  it('leaves a message of exactly the limit as it is', () => {
    const message = Buffer.from('x'.repeat(64));

    expect(cutMessage(message, 64)).toBe(message);
  });

  it('says how many bytes are missing', () => {
    expect(cutMessage(Buffer.from('x'.repeat(65)), 64).toString()).toBe(
      `${'x'.repeat(46)}[... 19 bytes cut]`,
    );
  });

  it.each(['é', '你', '😀'])('never cuts through %s', (character) => {
    const message = Buffer.from(character.repeat(100));
    for (let limit = 40; limit < 90; limit++) {
      const cut = cutMessage(message, limit);
      const [, kept = '', missing = ''] = /^(.*)\[\.\.\. (\d+) bytes cut\]$/u.exec(cut.toString()) ?? [];

      expect(cut.length).toBeLessThanOrEqual(limit);
      expect(kept).toBe(character.repeat([...kept].length));
      expect(Buffer.byteLength(kept) + Number(missing)).toBe(message.length);
    }
  });

  it('keeps the NUL that ends the message', () => {
    expect(cutMessage(Buffer.from(`${'x'.repeat(100)}\0`), 64).toString()).toBe(
      `${'x'.repeat(44)}[... 56 bytes cut]\0`,
    );
  });
});
