import { describe, expect, it } from 'vitest';
import { QueuedRecord } from '../../lib/queues';

describe('QueuedRecord', () => {
  it('has message, exception and stack separately after restore()', () => {
    const error = new Error('boom');
    const record = new QueuedRecord('shop', 40, 'failed\nError: boom', [], 1);
    record.message = 'failed\nError: boom';
    record.parts = { message: 'failed', excInfo: error, excText: 'Error: boom', stackInfo: 'here' };

    record.restore();

    expect(record.getMessage()).toBe('failed');
    expect(record).toMatchObject({ excInfo: error, excText: 'Error: boom', stackInfo: 'here' });
    expect('parts' in record).toBe(false);
    expect(record.restore()).toBe(record);
  });

  it('is not changed if its text is the message', () => {
    const record = new QueuedRecord('shop', 20, 'order placed', [], 1);
    record.message = 'order placed';

    expect(record.restore().message).toBe('order placed');
  });
});
