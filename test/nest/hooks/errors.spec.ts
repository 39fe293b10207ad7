import 'reflect-metadata';
import { Logger as NestLog } from '@nestjs/common';
import { ExceptionsHandler } from '@nestjs/core/exceptions/exceptions-handler.js';
import { ExternalExceptionsHandler } from '@nestjs/core/exceptions/external-exceptions-handler.js';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contextStorage } from '../../../lib/core/record-context';
import { currentScope, runInScope, type LogScope } from '../../../lib/logging';
import { installExceptionHooks, installReportedErrorsHook } from '../../../lib/nest/hooks/errors';
import { unwrapAll } from '../../../lib/nest/hooks/wrap-method';
import { reportsFailure } from '../../../lib/nest/logger/nest-logger';
import { bindScope } from '../../../lib/scope/current';
import { scopeTree } from '../../scope/scope-tree';

const broken = new Error('broken on purpose');

type Filter = (error: unknown) => unknown;

/** Passes an Error to a handler of Nest with one catch-all filter. */
function handle(handler: ExceptionsHandler | ExternalExceptionsHandler, filter: Filter, args: unknown[]) {
  handler.setCustomFilters([{ func: filter, exceptionMetatypes: [] }] as never);
  return handler.next(broken, new ExecutionContextHost(args)) as unknown;
}

function scopeOfRequest(request: object): LogScope {
  const scope = scopeTree().open();
  bindScope(request, scope);
  return scope;
}

beforeEach(() => {
  installExceptionHooks();
  installReportedErrorsHook();
});
afterEach(unwrapAll);

describe('the hook on ExceptionsHandler', () => {
  it('fails the scope of the request before a filter gets the Error', () => {
    const request = {};
    const scope = scopeOfRequest(request);
    const seen: unknown[] = [];

    handle(
      new ExceptionsHandler({} as never),
      (error) => void seen.push(error, scope.error, currentScope() === scope),
      [request, {}],
    );

    expect(seen).toEqual([broken, broken, true]);
  });

  it('does nothing for a request without a scope', () => {
    const seen: unknown[] = [];

    handle(new ExceptionsHandler({} as never), (error) => void seen.push(error, currentScope()), [{}, {}]);

    expect(seen).toEqual([broken, undefined]);
  });
});

describe('the hook on ExternalExceptionsHandler', () => {
  it("fails the scope of the resolver's request before a filter gets the Error", () => {
    const request = {};
    const scope = scopeOfRequest(request);

    const answer = handle(
      new ExternalExceptionsHandler(),
      (error) => [error, scope.error, currentScope() === scope],
      [{}, {}, { req: request }],
    );

    expect(answer).toEqual([broken, broken, true]);
  });

  it('fails the current scope if the context has no request', () => {
    const scope = scopeTree().open();

    contextStorage.run(scope, () => void handle(new ExternalExceptionsHandler(), () => 'seen', []));

    expect(scope.error).toBe(broken);
  });

  it('does nothing outside of scopes', () => {
    const answer = handle(new ExternalExceptionsHandler(), (error) => [error, currentScope()], []);

    expect(answer).toEqual([broken, undefined]);
  });
});

/** The Error of a scope in which a logger with that context has logged one. */
function errorOfScope(context: string): unknown {
  NestLog.overrideLogger(false);
  return runInScope({}, () => {
    new NestLog(context).error(broken);
    return currentScope()?.error;
  });
}

describe('installReportedErrorsHook', () => {
  it.each([
    'ExceptionsHandler',
    'RouterResponseController',
    'StreamableFile',
    'RpcExceptionsHandler',
    'WsExceptionsHandler',
  ])("fails the scope with what %s reports, even if Nest's logger is switched off", (context) => {
    expect(reportsFailure(context)).toBe(true);
    expect(errorOfScope(context)).toBe(broken);
  });

  it('ignores what the application logs', () => {
    expect(reportsFailure('OrdersService')).toBe(false);
    expect(errorOfScope('OrdersService')).toBeUndefined();
  });

  it('passes all arguments on to the logger', () => {
    const calls: unknown[] = [];
    const write = (...args: unknown[]): number => calls.push(args);
    NestLog.overrideLogger({ log: write, warn: write, error: write });

    new NestLog('StreamableFile').error(broken, 'stack');

    expect(calls).toEqual([[broken, 'stack', 'StreamableFile']]);
  });
});
