import { describe, expect, it } from 'vitest';
import { NullHandler } from '../../lib/handlers';
import { handlerContract } from '../../lib/testing';
import { some } from '../support/some';

describe('NullHandler', () => {
  for (const { title, run } of handlerContract('NullHandler', {
    create: (options) => new NullHandler(options),
  })) {
    it(title, run);
  }

  it('runs no filter', () => {
    const handler = new NullHandler();
    handler.addFilter(() => {
      throw new Error('a filter ran');
    });

    expect(handler.handle(some.record())).toBe(false);
  });
});
