import { describe, expect, it } from 'vitest';
import { composeText } from '../../lib/core/compose-text';
import { makeLogRecord } from '../../lib/core/record-factory';
import { some } from '../support/some';

describe('composeText', () => {
  it('puts the exception and then the stack below the message', () => {
    const record = makeLogRecord({ exc_text: 'Traceback', stack_info: 'Stack' });

    expect(composeText('failed', record)).toBe('failed\nTraceback\nStack');
  });

  it('does not add a newline where the message ends in one', () => {
    expect(composeText('failed\n', makeLogRecord({ exc_text: 'Traceback' }))).toBe('failed\nTraceback');
  });

  it('is the message alone when there is nothing else', () => {
    expect(composeText('placed', some.record())).toBe('placed');
  });

  it('caches the text of the first formatter on the record, as Python does', () => {
    const record = some.record({ error: new Error('refused') });

    composeText('failed', record, { formatException: () => 'first' });

    expect(record.excText).toBe('first');
    expect(composeText('failed', record, { formatException: () => 'second' })).toBe('failed\nfirst');
  });

  it('lets a formatter print the stack its own way', () => {
    const record = makeLogRecord({ stack_info: 'Stack' });

    expect(composeText('failed', record, { formatStack: (stack) => stack.toUpperCase() })).toBe(
      'failed\nSTACK',
    );
  });

  it('prints what was thrown in place of an Error', () => {
    expect(composeText('failed', some.record({ error: 'just text' }))).toBe('failed\njust text');
  });
});
