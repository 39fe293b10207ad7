import { describe, expect, it } from 'vitest';
import { assertPeer, loadBeside, loadPeer } from '../../lib/internal/optional-peer';

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

describe('loadBeside', () => {
  it('returns what a file exports that its host can load', () => {
    expect(loadBeside('@nestjs/core', '@nestjs/common/constants.js')).toHaveProperty('MODULE_METADATA');
  });

  it('returns nothing for a package that is not installed, and for a file that a package does not have', () => {
    expect(loadBeside('@nestjs/core', 'not-installed/file.js')).toBeUndefined();
    expect(loadBeside('@nestjs/core', 'rxjs/not-there.js')).toBeUndefined();
  });
});
