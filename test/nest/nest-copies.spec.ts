import { describe, expect, it } from 'vitest';
import { assertSameCore, reportSecondCommon } from '../../lib/nest/nest-copies';
import { capturedStderr } from '../support/captured-stderr';

describe('assertSameCore', () => {
  it('is content with anything that was injected', () => {
    expect(() => assertSameCore({})).not.toThrow();
  });

  it('names the copies when the application does not know the class', () => {
    expect(() => assertSameCore(undefined)).toThrow(
      expect.objectContaining({
        code: 'ERR_LOG_STATE',
        message: expect.stringMatching(
          /^LoggingModule: there are two copies of @nestjs\/core: ".*core.index\.js" is loaded twice, .*; let one /,
        ) as unknown,
      }),
    );
  });
});

describe('reportSecondCommon', () => {
  it('says nothing where there is one copy', () => {
    const stderr = capturedStderr();

    reportSecondCommon();

    expect(stderr.text).toBe('');
  });
});
