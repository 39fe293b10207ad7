/** Classes that are decorated after the start of the application, such as those of lazily loaded modules. */
import { Injectable, Module } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { getLoggerToken, InjectLogger, type Logger } from '../../../lib';
import { startNestApp } from '../../support/nest-app';

/** A module as from a dynamic import: its decorators run now. */
function lazyModule(name: string) {
  @Injectable()
  class Reports {
    @InjectLogger(`${name}.property`) readonly other!: Logger;

    constructor(@InjectLogger(name) readonly log: Logger) {}
  }

  @Module({ providers: [Reports] })
  class ReportsModule {}

  return { Reports, ReportsModule };
}

describe('A module that LazyModuleLoader loads', () => {
  it('gets its loggers, by parameter and by property', async () => {
    const nest = await startNestApp({});
    const { Reports, ReportsModule } = lazyModule('lazy.reports');

    const lazy = await nest.app.get(LazyModuleLoader).load(() => ReportsModule, { logger: false });
    const { log, other } = lazy.get(Reports);
    log.info('loaded');
    other.info('by property');

    expect(nest.lines).toEqual(['INFO lazy.reports loaded', 'INFO lazy.reports.property by property']);
  });

  it('gets those of its own application if there are two', async () => {
    const first = await startNestApp({});
    const second = await startNestApp({});
    const { Reports, ReportsModule } = lazyModule('lazy.second');

    const lazy = await second.app.get(LazyModuleLoader).load(() => ReportsModule, { logger: false });
    lazy.get(Reports).log.info('loaded');

    expect(first.lines).toEqual([]);
    expect(second.lines).toEqual(['INFO lazy.second loaded']);
  });

  it('can get a logger by its token at any time', async () => {
    const nest = await startNestApp({});

    expect(nest.app.get<Logger>(getLoggerToken('asked.late'), { strict: false }).name).toBe('asked.late');
  });
});
