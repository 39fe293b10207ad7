import { describe, expect, it } from 'vitest';
import { ThrowingHandler } from '../../lib/testing';
import { some } from '../support/some';

describe('ThrowingHandler', () => {
  it('fails at every record, with the error it was given', () => {
    const error = new Error('no paper');
    const handler = new ThrowingHandler({ error });
    const record = some.record();

    handler.handle(record);

    expect(handler.failures).toEqual([{ record, error }]);
  });
});
