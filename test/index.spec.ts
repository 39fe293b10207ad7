import { describe, expect, it } from 'vitest';
import * as nest from '../lib';
import * as logging from '../lib/logging';

describe('the entry nestjs-hindsight', () => {
  it('exports everything of nestjs-hindsight/logging, as the same objects', () => {
    const missing = Object.entries(logging).filter(([name, value]) => Reflect.get(nest, name) !== value);

    expect(missing.map(([name]) => name)).toEqual([]);
  });

  it('adds what Nest needs', () => {
    const added = Object.keys(nest).filter((name) => !(name in logging));

    expect(added.toSorted()).toEqual([
      'InjectHandler',
      'InjectLogger',
      'LogIfErrors',
      'LoggingHealthIndicator',
      'LoggingModule',
      'LoggingService',
      'NestLogger',
      'NoLogIfErrors',
      'getHandlerToken',
      'getLoggerToken',
    ]);
  });
});
