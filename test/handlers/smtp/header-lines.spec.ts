import { describe, expect, it } from 'vitest';
import { HeaderLines } from '../../../lib/handlers/smtp/header-lines';

describe('HeaderLines', () => {
  it('breaks before the word that has no room, at the white space that is there', () => {
    const lines = new HeaderLines('Subject');
    for (let at = 0; at < 15; at++) lines.add(at === 14 ? '\t' : ' ', 'word');

    expect(lines.toString()).toBe(`Subject:${' word'.repeat(14)}\r\n\tword`);
  });

  it('never breaks where there is no white space', () => {
    const lines = new HeaderLines('To');
    lines.add('', 'x'.repeat(100));

    expect(lines.toString()).toBe(`To:${'x'.repeat(100)}`);
  });

  it('spreads encoded text over lines of at most 78 characters', () => {
    const lines = new HeaderLines('Subject');
    lines.addEncoded(' ', 'ж'.repeat(100));
    const all = lines.toString().split('\r\n');

    expect(all.length).toBeGreaterThan(2);
    expect(Math.max(...all.map((line) => line.length))).toBeLessThanOrEqual(78);
    expect(all.slice(1).every((line) => /^ =\?utf-8\?b\?[A-Za-z0-9+/=]+\?=$/.test(line))).toBe(true);
  });

  it('begins a line with white space where encoded text has no room after other text', () => {
    const lines = new HeaderLines('From');
    lines.add('', 'x'.repeat(70));
    lines.addEncoded('', 'é');

    expect(lines.toString()).toBe(`From:${'x'.repeat(70)}\r\n =?utf-8?q?=C3=A9?=`);
  });

  it('keeps white space that is longer than a line', () => {
    const lines = new HeaderLines('Subject');
    lines.addEncoded(' '.repeat(100), 'é');

    expect(lines.toString()).toMatch(/^Subject:\r\n =\?utf-8\?q\?_{63}\?=\r\n =\?utf-8\?q\?_{36}=C3=A9\?=$/);
  });

  it('breaks after a comma when what follows has no room', () => {
    const lines = new HeaderLines('To');
    lines.add('', 'x'.repeat(70));
    lines.addComma(4);
    lines.add('', 'b');
    lines.addComma(80);

    expect(lines.toString()).toBe(`To:${'x'.repeat(70)},b,\r\n `);
  });
});
