import { describe, expect, it } from 'vitest';
import { RotationError } from '../../../lib/handlers/files/rotation.error';
import { DeliveryError } from '../../../lib/errors';

describe('RotationError', () => {
  it('is a DeliveryError that keeps its cause', () => {
    const cause = new Error('EACCES');
    const error = new RotationError('not moved', { cause });

    expect(error).toBeInstanceOf(DeliveryError);
    expect(error).toMatchObject({ code: 'ERR_LOG_DELIVERY', message: 'not moved', cause });
  });
});
