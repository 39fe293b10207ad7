import 'reflect-metadata';
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';
import { describe, expect, it, vi } from 'vitest';
import { assertSameCore, reportSecondCommon, type NestPackages } from '../../lib/nest/nest';
import { capturedStderr } from '../support/captured-stderr';

/** Loads the file again, as a new process would. */
async function freshly(): Promise<typeof import('../../lib/nest/nest.js')> {
  vi.resetModules();
  return import('../../lib/nest/nest.js');
}

describe('nest', () => {
  it('requires the packages when it is first asked', async () => {
    const { nest } = await freshly();

    expect(nest().common.Logger).toBe(common.Logger);
    expect(nest().core.HttpAdapterHost).toBe(core.HttpAdapterHost);
    expect(nest()).toBe(nest());
  });

  it('loads a file of another package', async () => {
    const { nest } = await freshly();

    expect(await nest().loadFile(require.resolve('rxjs'))).toHaveProperty('Observable');
  });

  it('uses the packages that the ES module hands over', async () => {
    const { nest, useNest } = await freshly();
    const imported = { common: {}, core: {} } as NestPackages;

    useNest(imported);

    expect(nest()).toBe(imported);
  });

  it('gets them from the ES module, with its way to load files', async () => {
    const { nest } = await freshly();

    await import('../../lib/index.mjs');

    expect(nest().common.Logger).toBe(common.Logger);
    expect(await nest().loadFile(require.resolve('rxjs'))).toHaveProperty('Observable');
  });
});

describe('assertSameCore', () => {
  it('accepts anything that was injected', () => {
    expect(() => assertSameCore({})).not.toThrow();
  });

  it('names both copies if the application does not know the class', () => {
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
  it('reports nothing if there is one copy', () => {
    const stderr = capturedStderr();

    reportSecondCommon();

    expect(stderr.text).toBe('');
  });
});
