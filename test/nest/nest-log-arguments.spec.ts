import { describe, expect, it } from 'vitest';
import { readNestLogCall } from '../../lib/nest/nest-log-arguments';

const error = new Error('no stock');

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
      'an Error behind the message',
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
      'a stack behind a context',
      ['failed', 'Shop', error.stack],
      { message: 'failed', stack: error.stack, context: 'Shop', args: [] },
    ],
    [
      'a stack behind values',
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
    ['of a message that ends with a line break', () => Promise.reject(new Error('no stock\n'))],
    ['of a function of V8 alone', () => Promise.reject(nativeOnly())],
  ])('knows the stack %s', async (_what, fail) => {
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

  it('leaves an undefined among the values where no stack was left out', () => {
    expect(readNestLogCall('user %s has role %s', [undefined, 'admin', 'Shop'], true)).toEqual({
      message: 'user %s has role %s',
      context: 'Shop',
      stack: undefined,
      args: [undefined, 'admin'],
    });
    expect(readNestLogCall('user %s', [undefined, 'Shop']).args).toEqual([undefined]);
  });

  it('takes no text for a stack that only speaks of a place', () => {
    expect(readNestLogCall('open', ['meet me at noon: 12:30', 'Shop'], true).args).toEqual([
      'meet me at noon: 12:30',
    ]);
  });
});
