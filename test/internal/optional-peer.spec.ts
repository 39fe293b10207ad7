import { describe, expect, it } from 'vitest';
import { assertPeer } from '../../lib/internal/optional-peer';

describe('assertPeer', () => {
  it('accepts a package that is installed', () => {
    expect(() => assertPeer('@nestjs/common', 'LoggingModule')).not.toThrow();
  });

  it('names the feature and the install command when the package is missing', () => {
    expect(() => assertPeer('not-installed', 'SomeHandler', 'not-installed its-friend')).toThrow(
      expect.objectContaining({
        code: 'ERR_LOG_MISSING_PEER',
        message:
          'SomeHandler: the package "not-installed" is not installed; run `npm install not-installed its-friend`.',
      }),
    );
  });
});
