import { describe, expect, it } from 'vitest';
import { amongKnown, nearMiss } from '../../lib/internal/near-miss';

const KNOWN = ['maxBytes', 'backupCount', 'mode', 'when', 'disable_existing_loggers'];

describe('nearMiss', () => {
  it.each([
    ['maxByte', 'maxBytes'],
    ['MAXBYTES', 'maxBytes'],
    ['max_bytes', 'maxBytes'],
    ['backpuCount', 'backupCount'],
    ['moed', 'mode'],
    ['disable_existing_logger', 'disable_existing_loggers'],
    ['disabledExistingLoggers', 'disable_existing_loggers'],
  ])('takes %s for %s', (word, meant) => {
    expect(nearMiss(word, KNOWN)).toBe(meant);
  });

  it.each(['filename', 'm', '', 'x'.repeat(100_000)])('takes %.10s for nothing', (word) => {
    expect(nearMiss(word, KNOWN)).toBeUndefined();
  });
});

describe('amongKnown', () => {
  it('suggests, and lists what there is', () => {
    expect(amongKnown('moed', ['when', 'mode'])).toBe(', did you mean "mode"? Known are mode, when.');
    expect(amongKnown('tape', ['when', 'mode'])).toBe('; known are mode, when.');
    expect(amongKnown('tape', [])).toBe('; known are none.');
  });
});
