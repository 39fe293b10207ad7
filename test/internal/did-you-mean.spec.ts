import { describe, expect, it } from 'vitest';
import { didYouMean, closestWord } from '../../lib/internal/did-you-mean';

const KNOWN = ['maxBytes', 'backupCount', 'mode', 'when', 'disable_existing_loggers'];

describe('closestWord', () => {
  it.each([
    ['maxByte', 'maxBytes'],
    ['MAXBYTES', 'maxBytes'],
    ['max_bytes', 'maxBytes'],
    ['backpuCount', 'backupCount'],
    ['moed', 'mode'],
    ['disable_existing_logger', 'disable_existing_loggers'],
    ['disabledExistingLoggers', 'disable_existing_loggers'],
  ])('suggests for %s: %s', (word, meant) => {
    expect(closestWord(word, KNOWN)).toBe(meant);
  });

  it.each(['filename', 'm', '', 'x'.repeat(100_000)])('suggests nothing for %.10s', (word) => {
    expect(closestWord(word, KNOWN)).toBeUndefined();
  });
});

describe('didYouMean', () => {
  it('suggests a word and lists the known ones', () => {
    expect(didYouMean('moed', ['when', 'mode'])).toBe(', did you mean "mode"? Known are mode, when.');
    expect(didYouMean('tape', ['when', 'mode'])).toBe('; known are mode, when.');
    expect(didYouMean('tape', [])).toBe('; known are none.');
  });
});
