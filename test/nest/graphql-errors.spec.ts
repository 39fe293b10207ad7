import { describe, expect, it } from 'vitest';
import { thrownError } from '../../lib/nest/graphql-errors';

describe('thrownError', () => {
  it('is the Error that a resolver threw, or else the one of GraphQL itself', () => {
    const originalError = new Error('no stock');
    const error = { message: 'Cannot return null', originalError: undefined };

    expect(thrownError({ originalError })).toBe(originalError);
    expect(thrownError(error)).toBe(error);
  });

  it('is the one of GraphQL where that says that the client was wrong', () => {
    const fields = { nodes: undefined, positions: undefined, extensions: { code: 'BAD_USER_INPUT' } };
    const error = Object.assign(new Error('wrong input'), fields, { originalError: new Error('inside') });

    expect(thrownError(error)).toBe(error);
  });
});
