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

  it('caches the text of the Error on the record, as Python does', () => {
    const record = some.record({ error: new Error('refused') });
    composeText('failed', record);

    record.excText += ', and more';

    expect(composeText('failed', record)).toBe(`failed\n${record.excText}`);
  });

  it('escapes control characters on demand, and leaves the text on the record as it is', () => {
    const record = makeLogRecord({
      exc_text: 'Error: a\nINFO forged\x1b[A',
      stack_info: 'Stack\nINFO forged',
    });

    expect(composeText('a\nINFO forged', record, { escape: true })).toBe(
      'a\\nINFO forged\nError: a\n    INFO forged\\x1b[A\n    Stack\n    INFO forged',
    );
    expect(record.excText).toBe('Error: a\nINFO forged\x1b[A');
  });

  it('prints what was thrown in place of an Error', () => {
    expect(composeText('failed', some.record({ error: 'just text' }))).toBe('failed\njust text');
  });
});
