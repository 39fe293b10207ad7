import { describe, expect, it } from 'vitest';
import { DeliveryError } from '../../lib/errors';

describe('DeliveryError', () => {
  it('has its name and code', () => {
    expect(new DeliveryError('x')).toMatchObject({
      name: 'DeliveryError',
      code: 'ERR_LOG_DELIVERY',
      message: 'x',
    });
  });
});
