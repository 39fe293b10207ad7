import { describe, expect, it } from 'vitest';
import { eventText } from '../../../lib/handlers/nt-event-log/event-text';

describe('eventText', () => {
  it('leaves a text alone, lone surrogates included', () => {
    expect(eventText('ünï 你 \u{1f600} \ud800 %1')).toBe('ünï 你 \u{1f600} \ud800 %1');
  });

  it('writes a NUL as an escape, as Windows would end the text there', () => {
    expect(eventText('before\0after')).toBe('before\\x00after');
  });

  it('keeps a text of 31 839 units whole', () => {
    expect(eventText('x'.repeat(31_839))).toBe('x'.repeat(31_839));
  });

  it('cuts a longer one below the limit and says how much is gone', () => {
    const text = eventText('x'.repeat(40_000));

    expect(text).toBe(`${'x'.repeat(31_807)}… [8193 characters cut]`);
    expect(text.length).toBeLessThanOrEqual(31_839);
  });

  it('does not cut a surrogate pair in two', () => {
    const text = eventText(`x${'\u{1f600}'.repeat(20_000)}`);

    expect(text).toMatch(/^x(?:\u{1f600})+… \[\d+ characters cut\]$/u);
  });
});
