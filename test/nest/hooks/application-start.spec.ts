import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { afterEach, describe, expect, it } from 'vitest';
import { getLogger } from '../../../lib/logging';
import { unwrapAll } from '../../../lib/nest/hooks/wrap-method';
import { startNestApp } from '../../support/nest-app';

@Module({
  providers: [
    {
      provide: 'broken',
      useFactory: (): never => {
        throw new Error('broken on purpose');
      },
    },
  ],
})
class BrokenModule {}

afterEach(unwrapAll);

describe('installStartHooks', () => {
  it('keeps the handlers of an application if a module that it loads later fails', async () => {
    const nest = await startNestApp();

    await expect(nest.app.get(LazyModuleLoader).load(() => BrokenModule)).rejects.toThrow(
      'broken on purpose',
    );
    await new Promise(setImmediate);
    getLogger('Job').info('still here');

    expect(nest.lines).toContain('INFO Job still here');
  });
});
