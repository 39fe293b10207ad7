import { describe, expect, it } from 'vitest';
import { loggingSettings } from '../../lib/core/settings';

describe('loggingSettings', () => {
  it('reports failures of logging, looks for spans, and does not look for callers', () => {
    expect(loggingSettings).toEqual({
      raiseExceptions: true,
      captureCaller: false,
      openTelemetry: true,
    });
  });
});
