import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { getLoggerToken, InjectLogger } from '../../lib';

class Shop {
  @InjectLogger()
  readonly byProperty: unknown;

  @InjectLogger('audit')
  readonly named: unknown;

  constructor(
    @InjectLogger() readonly byParameter: unknown,
    @InjectLogger('stock') readonly other: unknown,
  ) {}
}

describe('InjectLogger', () => {
  it('asks for the logger of the class at a parameter, or of the name', () => {
    expect(Reflect.getMetadata('self:paramtypes', Shop)).toEqual([
      { index: 1, param: getLoggerToken('stock') },
      { index: 0, param: getLoggerToken('Shop') },
    ]);
  });

  it('asks for the logger of the class at a property, or of the name', () => {
    expect(Reflect.getMetadata('self:properties_metadata', Shop)).toEqual([
      { key: 'byProperty', type: getLoggerToken('Shop') },
      { key: 'named', type: getLoggerToken('audit') },
    ]);
  });
});
