import { Logger as NestLog } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import { currentScope, runInScope } from '../../../lib/logging';
import { installReportedErrorsHook, isReporter } from '../../../lib/nest/hooks/reported-errors';
import { unwrapAll } from '../../../lib/nest/hooks/wrap-method';

const broken = new Error('broken on purpose');

/** The Error that a scope knows of when a logger of that context has reported one in it. */
function markedBy(context: string): unknown {
  installReportedErrorsHook();
  NestLog.overrideLogger(false);
  return runInScope({}, () => {
    new NestLog(context).error(broken);
    return currentScope()?.error;
  });
}

afterEach(unwrapAll);

describe('installReportedErrorsHook', () => {
  it.each([
    'ExceptionsHandler',
    'RouterResponseController',
    'StreamableFile',
    'RpcExceptionsHandler',
    'WsExceptionsHandler',
  ])('marks what %s reports, though the logger of Nest is switched off', (context) => {
    expect(isReporter(context)).toBe(true);
    expect(markedBy(context)).toBe(broken);
  });

  it('does not mark what the application logs', () => {
    expect(isReporter('OrdersService')).toBe(false);
    expect(markedBy('OrdersService')).toBeUndefined();
  });

  it('hands everything on to the logger', () => {
    installReportedErrorsHook();
    const calls: unknown[] = [];
    const write = (...args: unknown[]): number => calls.push(args);
    NestLog.overrideLogger({ log: write, warn: write, error: write });

    new NestLog('StreamableFile').error(broken, 'stack');

    expect(calls).toEqual([[broken, 'stack', 'StreamableFile']]);
  });
});
