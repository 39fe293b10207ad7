import 'reflect-metadata';
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';
import { describe, expect, it, vi } from 'vitest';
import type { NestPackages } from '../../lib/nest/nest';

/** Each test has a process of its own, as it were. */
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
