import { describe, expect, it } from 'vitest';
import { readNestLogCall } from '../../lib/nest/nest-log-arguments';

const error = new Error('no stock');

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
    ['no message at all', [undefined, undefined, 'Shop'], { message: undefined, context: 'Shop', args: [] }],
    ['an object alone', [{ id: 1 }, 'Shop'], { message: { id: 1 }, context: 'Shop', args: [] }],
  ])('reads %s', (_what, [message, ...params], expected) => {
    expect(readNestLogCall(message, params)).toMatchObject(expected);
  });
});
