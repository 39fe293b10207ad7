import { describe, expect, it, vi } from 'vitest';
import { errorLogs } from '../../lib/express';

describe('errorLogs', () => {
  it('takes four parameters, by which Express knows an error middleware', () => {
    expect(errorLogs()).toHaveLength(4);
  });

  it('has a name that reads in a stack', () => {
    expect(errorLogs().name).toBe('errorLogsMiddleware');
  });

  it('passes the error on, whether the request has a scope or not', () => {
    const next = vi.fn();
    const error = new Error('refused');

    errorLogs()(error, { headers: {} }, {} as never, next);

    expect(next.mock.calls).toEqual([[error]]);
  });
});
