import { Logger as NestLog } from '@nestjs/common';
import createError from 'http-errors';
import {
  currentScope,
  Formatter,
  HindsightHandler,
  JsonFormatter,
  Manager,
  NestLogger,
  PrettyFormatter,
  runInScope,
  VERBOSE,
  type LogRecord,
} from '../../../lib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { contextStorage } from '../../../lib/core/record-context';
import { readNestLogCall } from '../../../lib/nest/logger/nest-logger';
import { compileScopeOptions } from '../../../lib/scope/compile-options';
import { LogScope } from '../../../lib/scope/scope';
import { CollectingHandler } from '../../../lib/testing';

function setUp(): { manager: Manager; seen: CollectingHandler; logger: NestLogger } {
  const manager = new Manager();
  const seen = new CollectingHandler();
  manager.root.setLevel(VERBOSE);
  manager.root.addHandler(seen);
  return { manager, seen, logger: new NestLogger(manager) };
}

const error = new Error('no stock');

describe('NestLogger', () => {
  it("logs each of Nest's levels to the logger named after the context", () => {
    const { seen, logger } = setUp();

    for (const level of ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'] as const)
      logger[level](level, 'Shop');

    expect(seen.records.map(({ levelname, name }) => `${levelname} ${name}`)).toEqual([
      'VERBOSE Shop',
      'DEBUG Shop',
      'INFO Shop',
      'WARNING Shop',
      'ERROR Shop',
      'CRITICAL Shop',
    ]);
  });

  it('uses the logger nest for calls without a context', () => {
    const { seen, logger } = setUp();

    logger.log('done');

    expect(seen.records[0]?.name).toBe('nest');
  });

  it.each([
    ['as the message', [error, undefined, 'Shop'], 'no stock'],
    ['after the message', ['sale failed', error, 'Shop'], 'sale failed'],
  ])('keeps an Error %s', (_where, [message, ...params], text) => {
    const { seen, logger } = setUp();

    logger.error(message, ...params);

    expect(seen.messages).toEqual([text]);
    expect(seen.records[0]?.excInfo).toBe(error);
  });

  it('keeps a stack that is a string, and the fields of an object', () => {
    const { seen, logger } = setUp();

    logger.error('sale failed', error.stack, 'Shop');
    logger.log('sold', { id: 7 }, 'Shop');

    expect(seen.messages).toEqual(['sale failed', 'sold']);
    expect(seen.records.map(({ excText, extra }) => [excText, extra])).toEqual([
      [error.stack, undefined],
      [undefined, { id: 7 }],
    ]);
  });

  it.each([
    ['JSON', new JsonFormatter(), (line: string): unknown => (JSON.parse(line) as { error: unknown }).error],
    ['text', new Formatter('%(message)s'), (line: string): unknown => line.split('\n').slice(0, 2)],
    [
      'pretty',
      new PrettyFormatter({ colors: false }),
      (line: string): unknown => line.split('\n').slice(1, 3),
    ],
  ] as const)('prints a stack that is a string as a stack: %s', (form, formatter, read) => {
    const { seen, logger } = setUp();

    logger.error('sale failed', error.stack, 'Shop');

    const lines = String(error.stack).split('\n');
    const expected = {
      JSON: { stack: error.stack },
      text: ['sale failed', lines[0]],
      pretty: lines.slice(0, 2).map((line) => `    ${line}`),
    };
    expect(read(formatter.format(seen.records[0] as LogRecord))).toEqual(expected[form]);
  });

  it('uses the properties of an object as fields, and its message or the next string as the message', () => {
    const { seen, logger } = setUp();

    NestLog.overrideLogger(logger);
    onTestFinished(() => NestLog.overrideLogger(false));
    new NestLog('Shop').log({ message: 'placed', orderId: 1 });
    new NestLog('Shop').warn({ orderId: 2 }, 'placed late');
    logger.error({ err: error, orderId: 3 }, 'Shop');
    logger.error({ message: 'sale failed', orderId: 4 }, error.stack, 'Shop');

    expect(seen.messages).toEqual(['placed', 'placed late', 'no stock', 'sale failed']);
    expect(seen.records.map(({ extra }) => extra)).toEqual([
      { orderId: 1 },
      { orderId: 2 },
      { orderId: 3 },
      { orderId: 4 },
    ]);
    expect(seen.records.map(({ excInfo }) => excInfo)).toEqual([undefined, undefined, error, undefined]);
    expect(new Set(seen.records.map(({ name }) => name))).toEqual(new Set(['Shop']));
  });

  it('reports a thrown value that has no text', () => {
    const { manager, seen, logger } = setUp();
    manager.root.removeHandler(seen);
    manager.root.addHandler(new HindsightHandler(seen));

    runInScope({ manager }, () => {
      logger.error(Object.create(null), undefined, 'ExceptionsHandler');
      logger.error({ toString: 1 }, undefined, 'ExceptionsHandler');
    });

    expect(seen.messages).toEqual(['[Object: null prototype] {}', '{ toString: 1 }']);
  });

  it("recognises the stack of the scope's Error", () => {
    const { manager, seen, logger } = setUp();
    manager.root.removeHandler(seen);
    manager.root.addHandler(new HindsightHandler(seen));

    expect(() =>
      runInScope({ manager }, () => {
        currentScope()?.fail(error);
        logger.error('sale failed', error.stack, 'Shop');
        throw error;
      }),
    ).toThrow(error);

    expect(seen.messages).toEqual(['sale failed']);
    expect(seen.records[0]?.excInfo).toBe(error);
  });

  it('recognises the stack of an Error that fails the scope later', () => {
    const { manager, seen, logger } = setUp();
    manager.root.removeHandler(seen);
    manager.root.addHandler(new HindsightHandler(seen));

    expect(() =>
      runInScope({ manager }, () => {
        logger.error('sale failed', error.stack, 'Shop');
        logger.error(error, undefined, 'ExceptionsHandler');
        throw error;
      }),
    ).toThrow(error);

    expect(seen.messages).toEqual(['sale failed']);
  });

  it('keeps a stack at every level', () => {
    const { seen, logger } = setUp();

    logger.warn('sale failed', error.stack, 'Shop');
    logger.log('sale failed', error.stack);

    expect(seen.records.map(({ name, excText }) => [name, excText])).toEqual([
      ['Shop', error.stack],
      ['nest', error.stack],
    ]);
  });

  it('prints undefined among the values, at every level', () => {
    const { seen, logger } = setUp();

    for (const level of ['log', 'warn', 'error', 'fatal'] as const)
      logger[level]('user %s has role %s', undefined, 'admin', 'Shop');

    expect(new Set(seen.messages)).toEqual(new Set(['user undefined has role admin']));
  });

  it('logs an Error that Nest reports once in a scope that has written it', () => {
    const { manager, seen, logger } = setUp();
    manager.root.removeHandler(seen);
    manager.root.addHandler(new HindsightHandler(seen));

    runInScope({ manager }, () => {
      logger.error(error, undefined, 'ExceptionsHandler');
      logger.error(error, undefined, 'ExceptionsHandler');
      logger.error('and again, in words', error, 'Shop');
    });

    expect(seen.messages).toEqual(['no stock', 'and again, in words']);
  });

  it.each([
    ['Scheduler', (thrown: Error) => [thrown]],
    ['Event', (thrown: Error) => [thrown.message, thrown.stack]],
  ])('does not log what %s reports about an Error that a scope has written', (context, parameters) => {
    const { manager, seen, logger } = setUp();
    const thrown = new Error('tick failed');
    runInScope({ manager }, () => currentScope()?.fail(thrown));
    const [message, ...rest] = parameters(thrown);

    logger.error(message, ...rest, context);

    expect(seen.records.map(({ name }) => name)).toEqual(['call']);
  });

  it('does not fail for a report of a client error, as Nest 11 makes for a body that is too large', () => {
    const { manager, seen, logger } = setUp();
    manager.root.removeHandler(seen);
    manager.root.addHandler(new HindsightHandler(seen));

    const options = compileScopeOptions({});
    contextStorage.run(new LogScope('http', { options, tree: manager }), () => {
      manager.getLogger('shop').debug('held');
      const tooLarge = createError(413, 'too large');
      currentScope()?.fail(tooLarge);
      logger.error(tooLarge, undefined, 'ExceptionsHandler');
    });

    expect(seen.messages).toEqual(['too large']);
    expect(seen.records[0]?.levelname).toBe('WARNING');
  });

  it("fails for a report of another library's Error, whatever its status", () => {
    const { manager, seen, logger } = setUp();
    manager.root.removeHandler(seen);
    manager.root.addHandler(new HindsightHandler(seen));
    const options = compileScopeOptions({ dumpRecord: false });

    contextStorage.run(new LogScope('http', { options, tree: manager }), () => {
      manager.getLogger('shop').debug('held');
      const upstream = Object.assign(new Error('upstream'), { statusCode: 404 });
      currentScope()?.fail(upstream);
      logger.error(upstream, undefined, 'ExceptionsHandler');
    });

    expect(seen.records.map(({ levelname }) => levelname)).toEqual(['DEBUG', 'ERROR']);
  });

  it("applies the levels that were set for Nest's logger", () => {
    const { seen, logger } = setUp();
    NestLog.overrideLogger(logger);
    NestLog.overrideLogger(['error', 'fatal']);
    onTestFinished(() => {
      NestLog.overrideLogger(['verbose', 'debug', 'log', 'warn', 'error', 'fatal']);
    });

    logger.log('not wanted');
    logger.error('wanted');

    expect(seen.messages).toEqual(['wanted']);
  });

  it('does not create a logger for each of 10,000 contexts', () => {
    const { manager, seen, logger } = setUp();

    for (let i = 0; i < 10_010; i++) logger.log('running', `job-${i}`);

    expect(manager.loggers.size).toBeLessThanOrEqual(10_001);
    expect(seen.records.at(-1)?.name).toBe('nest');
  });
});

function nativeOnly(): Error {
  const thrown = new SyntaxError('bad');
  thrown.stack = 'SyntaxError: bad\n    at JSON.parse (<anonymous>)';
  return thrown;
}

describe('readNestLogCall', () => {
  it.each([
    ['a message', ['done'], { message: 'done', args: [] }],
    ['a context', ['done', 'Shop'], { message: 'done', context: 'Shop', args: [] }],
    [
      'values and a context',
      ['done', { id: 1 }, 'Shop'],
      { message: 'done', context: 'Shop', args: [{ id: 1 }] },
    ],
    ['an Error and a context', [error, undefined, 'Shop'], { message: error, context: 'Shop', args: [] }],
    [
      'an Error after the message',
      ['failed', error, 'Shop'],
      { message: 'failed', context: 'Shop', args: [error] },
    ],
    ['a stack', ['failed', error.stack], { message: 'failed', stack: error.stack, args: [] }],
    [
      'a stack and a context',
      ['failed', error.stack, 'Shop'],
      { stack: error.stack, context: 'Shop', args: [] },
    ],
    [
      'a stack after a context',
      ['failed', 'Shop', error.stack],
      { message: 'failed', stack: error.stack, context: 'Shop', args: [] },
    ],
    [
      'a stack after values',
      ['failed %s', 'at once', error.stack, 'Shop'],
      { stack: error.stack, context: 'Shop', args: ['at once'] },
    ],
    ['no message at all', [undefined, undefined, 'Shop'], { message: undefined, context: 'Shop', args: [] }],
    ['an object alone', [{ id: 1 }, 'Shop'], { message: { id: 1 }, context: 'Shop', args: [] }],
  ])('reads %s', (_what, [message, ...params], expected) => {
    expect(readNestLogCall(message, params, true)).toMatchObject(expected);
  });

  it.each([
    ['of JSON.parse', () => JSON.parse('{ broken')],
    ['of a message of two lines', () => Promise.reject(new Error('no stock:\nnot one'))],
    ['of a message that ends with a line feed', () => Promise.reject(new Error('no stock\n'))],
    ['with only a function of V8', () => Promise.reject(nativeOnly())],
  ])('recognises the stack %s', async (_what, fail) => {
    const { stack } = await Promise.resolve()
      .then(fail)
      .then(
        () => new Error('did not fail'),
        (thrown: Error) => thrown,
      );

    for (const params of [[stack], [stack, 'Shop'], ['Shop', stack]]) {
      expect(readNestLogCall('bad', params, true)).toMatchObject({ message: 'bad', stack, args: [] });
    }
  });

  it('keeps undefined among the values if it does not replace a stack', () => {
    expect(readNestLogCall('user %s has role %s', [undefined, 'admin', 'Shop'], true)).toEqual({
      message: 'user %s has role %s',
      context: 'Shop',
      stack: undefined,
      args: [undefined, 'admin'],
    });
    expect(readNestLogCall('user %s', [undefined, 'Shop']).args).toEqual([undefined]);
  });

  it('does not recognise other strings with numbers and colons as a stack', () => {
    expect(readNestLogCall('open', ['meet me at noon: 12:30', 'Shop'], true).args).toEqual([
      'meet me at noon: 12:30',
    ]);
  });
});
