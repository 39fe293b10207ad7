import 'reflect-metadata';
import { NotFoundException } from '@nestjs/common';
import { RequestMemoryHandler } from '../../lib';
import { describe, expect, it } from 'vitest';
import { defaultManager } from '../../lib/core/manager';
import { contextStorage } from '../../lib/core/record-context';
import { currentScope } from '../../lib/logging';
import { ApolloErrorsPlugin, LoggingRootModule } from '../../lib/nest/logging-root.module';
import { getHandlerToken, getLoggerToken } from '../../lib/nest/logging.tokens';
import { compileScopeOptions } from '../../lib/scope/compile-options';
import { LogScope } from '../../lib/scope/scope';
import { CollectingHandler } from '../../lib/testing';

describe('LoggingRootModule', () => {
  it('is global unless it is told otherwise', () => {
    expect(LoggingRootModule.withOptions({}).global).toBe(true);
    expect(LoggingRootModule.withOptions({ isGlobal: false }).global).toBe(false);
    expect(LoggingRootModule.withLateOptions({ useFactory: () => ({}), isGlobal: false }).global).toBe(false);
  });

  it('exports the memory, the handlers, and each logger that was asked for until Nest reads it', () => {
    const module = LoggingRootModule.withOptions({ handlers: { seen: new CollectingHandler() } });
    const token = getLoggerToken('asked-for-later');

    expect(module.exports).toEqual(
      expect.arrayContaining([RequestMemoryHandler, getHandlerToken('seen'), getLoggerToken(), token]),
    );
    expect(module.providers).toContainEqual(expect.objectContaining({ provide: token }));
  });

  it('refuses bad options before the application starts', () => {
    expect(() => LoggingRootModule.withOptions({ level: 'LOUD' })).toThrow('Unknown level');
  });
});

interface OperationError extends Error {
  readonly originalError?: unknown;
}

/** The Error of a scope in which Apollo has told of these. */
async function markedBy(errors: readonly OperationError[]): Promise<unknown> {
  const options = compileScopeOptions({ flushOn: () => false });
  const request = new LogScope('http', { options, tree: defaultManager });
  return contextStorage.run(request, async () => {
    const { didEncounterErrors } = await new ApolloErrorsPlugin().requestDidStart();
    await didEncounterErrors({ errors });
    return currentScope()?.error;
  });
}

describe('ApolloErrorsPlugin', () => {
  it('is found by the Apollo driver of Nest', () => {
    expect(Reflect.getMetadata('graphql:plugin', ApolloErrorsPlugin)).toBe(true);
  });

  it('marks the Error that a resolver threw, not the one that GraphQL has made of it', async () => {
    const originalError = new Error('no stock');

    expect(await markedBy([Object.assign(new Error('no stock'), { originalError })])).toBe(originalError);
  });

  it('marks an Error of GraphQL itself', async () => {
    const error = new Error('Cannot return null for non-nullable field Item.owner.');

    expect(await markedBy([error])).toBe(error);
  });

  it('takes the failure among several, though others are mistakes of the client', async () => {
    const mistake = Object.assign(new Error('not found'), { originalError: new NotFoundException() });
    const failure = new Error('no price');

    expect(await markedBy([mistake, failure])).toBe(failure);
  });

  it('takes an operation that cannot be parsed for a mistake of the client', async () => {
    const extensions = { code: 'GRAPHQL_PARSE_FAILED' };
    const error = Object.assign(new Error('Syntax Error'), {
      nodes: undefined,
      positions: undefined,
      extensions,
      originalError: new Error('inside'),
    });

    expect(await markedBy([error])).toBe(error);
  });

  it('has nothing to do outside any scope', async () => {
    const { didEncounterErrors } = await new ApolloErrorsPlugin().requestDidStart();

    await expect(
      didEncounterErrors({ errors: [{ originalError: new Error('x') }] }),
    ).resolves.toBeUndefined();
  });
});
