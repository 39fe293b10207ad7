import { describe, expect, it } from 'vitest';
import { composeText, formatException } from '../../lib/core/exception-text';
import { makeLogRecord } from '../../lib/core/record-factory';
import { some } from '../support/some';

/** Lines that are no stack frames. */
function heads(text: string): string[] {
  return text.split('\n').filter((line) => !line.startsWith('    at '));
}

describe('formatException', () => {
  it('is the stack', () => {
    const error = new RangeError('too far');

    expect(formatException(error)).toBe(error.stack);
  });

  it('contains all causes, outermost first', () => {
    const root = new Error('connection refused');
    const middle = new Error('payment failed', { cause: root });
    const outer = new Error('order failed', { cause: middle });

    expect(heads(formatException(outer))).toEqual([
      'Error: order failed',
      '[cause]: Error: payment failed',
      '[cause]: Error: connection refused',
    ]);
  });

  it('contains every member of an AggregateError', () => {
    const error = new AggregateError([new Error('one'), new TypeError('two')], 'all failed');

    expect(heads(formatException(error))).toEqual([
      'AggregateError: all failed',
      '[errors 0]: Error: one',
      '[errors 1]: TypeError: two',
    ]);
  });

  it('ends at an Error that causes itself', () => {
    const error = new Error('loop');
    error.cause = error;

    expect(heads(formatException(error))).toEqual(['Error: loop', '[cause]: [Circular]']);
  });

  it('cuts a chain of hundreds', () => {
    let error = new Error('innermost');
    for (let i = 0; i < 500; i++) error = new Error(`level ${i}`, { cause: error });

    const lines = heads(formatException(error));

    expect(lines.length).toBeLessThan(40);
    expect(lines.at(-1)).toBe('[cause]: [further errors cut]');
  });

  it.each([
    ['a string', 'a string'],
    [5, '5'],
    [undefined, 'undefined'],
    [{ code: 7 }, '{"code":7}'],
    [null, 'null'],
  ])('accepts %o, thrown instead of an Error', (value, text) => {
    expect(formatException(value)).toBe(text);
  });

  it('accepts a cause that is not an Error', () => {
    expect(heads(formatException(new Error('x', { cause: { code: 7 } })))).toEqual([
      'Error: x',
      '[cause]: {"code":7}',
    ]);
  });

  it('uses name and message if the stack was removed', () => {
    const error = new TypeError('bad');
    Object.defineProperty(error, 'stack', { value: undefined });

    expect(formatException(error)).toBe('TypeError: bad');
  });

  it('survives a value that throws when printed', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;

    expect(formatException(circular)).toBe('{"self":"[Circular]"}');
  });

  it('survives a Proxy whose traps throw, thrown or as the cause', () => {
    const refuse = (): never => {
      throw new Error('trap');
    };
    const hostile = new Proxy({}, { getPrototypeOf: refuse, get: refuse, ownKeys: refuse });
    const { proxy: revoked, revoke } = Proxy.revocable({}, {});
    revoke();

    expect(formatException(hostile)).toBe('[Throws: trap]');
    expect(formatException(revoked)).toMatch(/^\[Throws: .*revoked/);
    expect(heads(formatException(new Error('x', { cause: hostile })))).toEqual([
      'Error: x',
      '[cause]: [Throws: trap]',
    ]);
  });

  it.each(['stack', 'cause', 'errors'])('prints the rest of an Error whose %s throws', (key) => {
    const error = new Error('boom');
    Object.defineProperty(error, key, {
      get: () => {
        throw new Error('getter');
      },
    });

    expect(heads(formatException(error))).toEqual(['Error: boom']);
  });

  it('prints an Error without readable properties', () => {
    const error = new Proxy(new Error('boom'), {
      get: () => {
        throw new Error('trap');
      },
    });

    expect(formatException(error)).toBe('[unprintable]');
  });

  it('has no newline at its end', () => {
    const error = new Error('x');
    error.stack = 'Error: x\n    at y\n';

    expect(formatException(error)).toBe('Error: x\n    at y');
  });

  it('prints each stack once, and refers to it when the Error occurs again', () => {
    const root = new Error('refused');
    const middle = Object.assign(new Error('timed out', { cause: root }), { original: root });
    const error = new AggregateError([middle, root], 'all failed', { cause: middle });

    expect(heads(formatException(error))).toEqual([
      'AggregateError: all failed',
      '[errors 0]: Error: timed out',
      '[cause]: Error: refused',
      '[errors 1]: [see errors[0].cause]',
      '[cause]: [see errors[0]]',
    ]);
  });

  it('ends at a list of a million members', () => {
    const error = new AggregateError(
      Array.from({ length: 1_000_000 }, () => 'refused'),
      'all failed',
    );

    expect(heads(formatException(error)).length).toBeLessThan(40);
  });

  it('removes credentials from the headers of a cause that is not an Error', () => {
    const cause = { status: 401, headers: { authorization: 'Bearer s3cret' } };

    expect(formatException(new Error('x', { cause }))).toContain(
      '[cause]: {"status":401,"headers":{"authorization":"[Redacted]"}}',
    );
  });
});

describe('composeText', () => {
  it('puts the exception and then the stack below the message', () => {
    const record = makeLogRecord({ exc_text: 'Traceback', stack_info: 'Stack' });

    expect(composeText('failed', record)).toBe('failed\nTraceback\nStack');
  });

  it('does not add a newline if the message ends with one', () => {
    expect(composeText('failed\n', makeLogRecord({ exc_text: 'Traceback' }))).toBe('failed\nTraceback');
  });

  it('is the message alone if there is nothing else', () => {
    expect(composeText('placed', some.record())).toBe('placed');
  });

  it('caches the text of the Error on the record, as Python does', () => {
    const record = some.record({ error: new Error('refused') });
    composeText('failed', record);

    record.excText += ', and more';

    expect(composeText('failed', record)).toBe(`failed\n${record.excText}`);
  });

  it('escapes control characters on request, and does not change the text on the record', () => {
    const record = makeLogRecord({
      exc_text: 'Error: a\nINFO forged\x1b[A',
      stack_info: 'Stack\nINFO forged',
    });

    expect(composeText('a\nINFO forged', record, { escape: true })).toBe(
      'a\\nINFO forged\nError: a\n    INFO forged\\x1b[A\n    Stack\n    INFO forged',
    );
    expect(record.excText).toBe('Error: a\nINFO forged\x1b[A');
  });

  it('prints a thrown value that is not an Error', () => {
    expect(composeText('failed', some.record({ error: 'just text' }))).toBe('failed\njust text');
  });
});
