import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { assertPeer, resolveBeside, loadPeer } from '../../lib/internal/optional-peer';

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

describe('loadPeer', () => {
  it('returns what the package exports', () => {
    expect(loadPeer('rxjs', 'SomeHandler')).toHaveProperty('Observable');
  });

  it('names the install command when the package is missing', () => {
    expect(() => loadPeer('not-installed', 'SomeHandler')).toThrow('run `npm install not-installed`');
  });
});

describe('resolveBeside', () => {
  it('returns the path of a file that its host can load', () => {
    expect(resolveBeside('@nestjs/core', '@nestjs/common/constants.js')).toBe(
      createRequire(__filename).resolve('@nestjs/common/constants.js'),
    );
  });

  it('returns nothing for a package that is not installed, and for a file that a package does not have', () => {
    expect(resolveBeside('@nestjs/core', 'not-installed/file.js')).toBeUndefined();
    expect(resolveBeside('@nestjs/core', 'rxjs/not-there.js')).toBeUndefined();
  });
});
