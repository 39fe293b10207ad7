import 'reflect-metadata';
import { ExceptionsHandler } from '@nestjs/core/exceptions/exceptions-handler.js';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { describe, expect, it } from 'vitest';
import { currentScope } from '../../../lib/logging';
import { installExceptionsHook } from '../../../lib/nest/hooks/exception-handlers';
import { openCallScope } from '../../../lib/scope/run-in-scope';
import { compileScopeOptions } from '../../../lib/scope/scope-options';
import { bindScope } from '../../../lib/scope/scope-storage';

const broken = new Error('broken on purpose');

/** A handler of Nest with one filter that takes everything. */
function handlerWith(filter: (error: unknown) => void): ExceptionsHandler {
  const handler = new ExceptionsHandler({} as never);
  handler.setCustomFilters([{ func: filter, exceptionMetatypes: [] }] as never);
  return handler;
}

describe('installExceptionsHook', () => {
  it('marks the Error in the scope of its request before a filter sees it', () => {
    installExceptionsHook();
    const request = {};
    const scope = openCallScope({ options: compileScopeOptions({}) });
    bindScope(request, scope);
    const seen: unknown[] = [];

    handlerWith((error) => seen.push(error, scope.error, currentScope() === scope)).next(
      broken,
      new ExecutionContextHost([request, {}]),
    );

    expect(seen).toEqual([broken, broken, true]);
  });

  it('leaves a request without a scope to Nest', () => {
    installExceptionsHook();
    const seen: unknown[] = [];

    handlerWith((error) => seen.push(error, currentScope())).next(broken, new ExecutionContextHost([{}, {}]));

    expect(seen).toEqual([broken, undefined]);
  });

  it('wraps once, however often it is installed', () => {
    installExceptionsHook();
    const { next } = ExceptionsHandler.prototype;

    installExceptionsHook();

    expect(ExceptionsHandler.prototype.next).toBe(next);
  });
});
