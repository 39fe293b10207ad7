import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { getHandlerToken, InjectHandler } from '../../lib';

class Shop {
  @InjectHandler('mail')
  readonly mail: unknown;

  constructor(@InjectHandler('file') readonly file: unknown) {}
}

describe('InjectHandler', () => {
  it('asks for the handler of that name', () => {
    expect(Reflect.getMetadata('self:paramtypes', Shop)).toEqual([
      { index: 0, param: getHandlerToken('file') },
    ]);
    expect(Reflect.getMetadata('self:properties_metadata', Shop)).toEqual([
      { key: 'mail', type: getHandlerToken('mail') },
    ]);
  });
});
