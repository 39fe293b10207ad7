import 'reflect-metadata';
import { ExternalExceptionsHandler } from '@nestjs/core/exceptions/external-exceptions-handler.js';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { describe, expect, it } from 'vitest';
import { contextStorage } from '../../../lib/core/record-context';
import { currentScope } from '../../../lib/logging';
import { installExternalExceptionsHook } from '../../../lib/nest/hooks/external-exceptions-hook';
import { openCallScope } from '../../../lib/scope/run-in-scope';
import { compileScopeOptions } from '../../../lib/scope/scope-options';
import { bindScope } from '../../../lib/scope/scope-storage';

const broken = new Error('broken on purpose');

/** A handler of Nest whose one filter answers with what it has seen. */
function handlerWith(filter: (error: unknown) => unknown): ExternalExceptionsHandler {
  const handler = new ExternalExceptionsHandler();
  handler.setCustomFilters([{ func: filter, exceptionMetatypes: [] }] as never);
  return handler;
}

describe('installExternalExceptionsHook', () => {
  it('marks the Error in the scope of the request behind a resolver before a filter sees it', () => {
    installExternalExceptionsHook();
    const request = {};
    const scope = openCallScope({ options: compileScopeOptions({}) });
    bindScope(request, scope);
    const handler = handlerWith((error) => [error, scope.error, currentScope() === scope]);

    const answer: unknown = handler.next(broken, new ExecutionContextHost([{}, {}, { req: request }]));

    expect(answer).toEqual([broken, broken, true]);
  });

  it('marks it in the current scope where the context has no request', () => {
    installExternalExceptionsHook();
    const scope = openCallScope({ options: compileScopeOptions({}) });

    contextStorage.run(
      scope,
      () => void handlerWith(() => 'seen').next(broken, new ExecutionContextHost([])),
    );

    expect(scope.error).toBe(broken);
  });

  it('leaves what is outside any scope to Nest', () => {
    installExternalExceptionsHook();

    const answer: unknown = handlerWith((error) => [error, currentScope()]).next(
      broken,
      new ExecutionContextHost([]),
    );

    expect(answer).toEqual([broken, undefined]);
  });

  it('wraps once, however often it is installed', () => {
    installExternalExceptionsHook();
    const { next } = ExternalExceptionsHandler.prototype;

    installExternalExceptionsHook();

    expect(ExternalExceptionsHandler.prototype.next).toBe(next);
  });
});
