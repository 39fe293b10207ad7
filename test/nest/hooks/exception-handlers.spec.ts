import 'reflect-metadata';
import { ExceptionsHandler } from '@nestjs/core/exceptions/exceptions-handler.js';
import { ExternalExceptionsHandler } from '@nestjs/core/exceptions/external-exceptions-handler.js';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contextStorage } from '../../../lib/core/record-context';
import { currentScope, type LogScope } from '../../../lib/logging';
import { installExceptionHooks } from '../../../lib/nest/hooks/exception-handlers';
import { unwrapAll } from '../../../lib/nest/hooks/wrap-method';
import { bindScope } from '../../../lib/scope/current';
import { scopeTree } from '../../scope/scope-tree';

const broken = new Error('broken on purpose');

type Filter = (error: unknown) => unknown;

/** Hands an Error to a handler of Nest whose one filter takes everything. */
function handle(handler: ExceptionsHandler | ExternalExceptionsHandler, filter: Filter, args: unknown[]) {
  handler.setCustomFilters([{ func: filter, exceptionMetatypes: [] }] as never);
  return handler.next(broken, new ExecutionContextHost(args)) as unknown;
}

function scopeOfRequest(request: object): LogScope {
  const scope = scopeTree().open();
  bindScope(request, scope);
  return scope;
}

beforeEach(installExceptionHooks);
afterEach(unwrapAll);

describe('the hook on ExceptionsHandler', () => {
  it('marks the Error in the scope of its request before a filter sees it', () => {
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

  it('leaves a request without a scope to Nest', () => {
    const seen: unknown[] = [];

    handle(new ExceptionsHandler({} as never), (error) => void seen.push(error, currentScope()), [{}, {}]);

    expect(seen).toEqual([broken, undefined]);
  });
});

describe('the hook on ExternalExceptionsHandler', () => {
  it('marks the Error in the scope of the request behind a resolver before a filter sees it', () => {
    const request = {};
    const scope = scopeOfRequest(request);

    const answer = handle(
      new ExternalExceptionsHandler(),
      (error) => [error, scope.error, currentScope() === scope],
      [{}, {}, { req: request }],
    );

    expect(answer).toEqual([broken, broken, true]);
  });

  it('marks it in the current scope where the context has no request', () => {
    const scope = scopeTree().open();

    contextStorage.run(scope, () => void handle(new ExternalExceptionsHandler(), () => 'seen', []));

    expect(scope.error).toBe(broken);
  });

  it('leaves what is outside any scope to Nest', () => {
    const answer = handle(new ExternalExceptionsHandler(), (error) => [error, currentScope()], []);

    expect(answer).toEqual([broken, undefined]);
  });
});
