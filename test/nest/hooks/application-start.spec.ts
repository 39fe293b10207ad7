import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { InstanceLoader } from '@nestjs/core/injector/instance-loader.js';
import { describe, expect, it } from 'vitest';
import { getLogger } from '../../../lib/logging';
import { installStartHook } from '../../../lib/nest/hooks/application-start';
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

describe('installStartHook', () => {
  it('wraps the methods of Nest once', () => {
    installStartHook();
    const wrapped: unknown = Reflect.get(InstanceLoader.prototype, 'createInstancesOfDependencies');

    installStartHook();

    expect(Reflect.get(InstanceLoader.prototype, 'createInstancesOfDependencies')).toBe(wrapped);
  });

  it('leaves an application its handlers when a module that it loads later fails', async () => {
    const nest = await startNestApp();

    await expect(nest.app.get(LazyModuleLoader).load(() => BrokenModule)).rejects.toThrow(
      'broken on purpose',
    );
    await new Promise(setImmediate);
    getLogger('Job').info('still here');

    expect(nest.lines).toContain('INFO Job still here');
  });
});
