import { describe, expect, it } from 'vitest';
import { WindowsError } from '../../../lib/handlers/nt-event-log/windows.error';

describe('WindowsError', () => {
  it('names the call and the number of the error', () => {
    expect(new WindowsError('ReportEvent', 87)).toMatchObject({
      name: 'WindowsError',
      message: 'ReportEvent failed with Windows error 87',
      winerror: 87,
    });
  });
});
