import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { ERROR, INFO } from '../../lib/core/level';
import { LogRecord } from '../../lib/core/log-record';
import { makeLogRecord } from '../../lib/core/record-factory';

function record(msg: unknown, ...args: unknown[]): LogRecord {
  return new LogRecord('shop', INFO, msg, args, 1_700_000_000.123);
}

describe('LogRecord', () => {
  it('reads the message, the Error and the fields off the arguments', () => {
    const error = new Error('refused');

    const made = record('order %d', 13, error, { user: 'ann' });

    expect(made.getMessage()).toBe('order 13');
    expect(made.excInfo).toBe(error);
    expect(made.extra).toEqual({ user: 'ann' });
  });

  it('formats the message once, when it is read', () => {
    const message = vi.fn(() => 'expensive');
    const made = record(message);
    expect(message).not.toHaveBeenCalled();

    made.getMessage();
    made.getMessage();

    expect(message).toHaveBeenCalledOnce();
  });

  it('reads an object before the message, and stays as it was logged', () => {
    const error = new Error('refused');
    const fields = { err: error, order: 13 };

    const made = record(fields, 'order %s', 'failed');

    expect(made.getMessage()).toBe('order failed');
    expect(made.excInfo).toBe(error);
    expect(made.extra).toEqual({ order: 13 });
    expect(made.msg).toBe(fields);
    expect(made.args).toEqual(['order %s', 'failed']);
  });

  it('prints an Error in the text with its stack if another one was set before', () => {
    const made = record('failed: %s', new Error('inner'));
    made.excInfo = new Error('outer');

    expect(made.getMessage()).toContain('log-record.spec');
  });

  it('renders again when a filter replaced the message or its arguments', () => {
    const made = record('user %s', 'ann');
    made.getMessage();

    made.msg = 'person %s';
    expect(made.getMessage()).toBe('person ann');
    made.args = ['bob'];
    expect(made.getMessage()).toBe('person bob');
  });

  it('renders with each argument replaced, without keeping that text', () => {
    const made = record('card %s of %s', '4111', 'ann');

    expect(made.getMessage((value) => (value === '4111' ? '***' : value))).toBe('card *** of ann');
    expect(made.getMessage()).toBe('card 4111 of ann');
  });

  it('replaces an object that is the message, and reads the arguments as they were', () => {
    const error = new Error('refused');
    const censor = (value: unknown): unknown => (Object(value) === value ? 'censored' : value);

    expect(record({ card: 4111 }).getMessage(censor)).toBe('censored');
    expect(record({ card: 4111 }, 'paid').getMessage(censor)).toBe('paid');
    expect(record('paid', { card: 4111 }, error).getMessage(censor)).toBe('paid');
    expect(record('%s by %s', 'card', error).getMessage(censor)).toBe('card by censored');
  });

  it('derives what is not given', () => {
    const made = record('x');

    expect(made).toMatchObject({
      levelname: 'INFO',
      msecs: 123,
      pathname: '',
      filename: '',
      module: '',
      lineno: 0,
      funcName: undefined,
      process: process.pid,
      processName: 'MainProcess',
      taskName: undefined,
      message: undefined,
      asctime: undefined,
      excInfo: undefined,
      excText: undefined,
      stackInfo: undefined,
      extra: undefined,
    });
  });

  it.each([
    [1_700_000_000.999, 999],
    [1_700_000_000, 0],
    [1_700_000_000.001, 1],
    [1_699_999_999.29, 290],
  ])('has whole milliseconds of %d: %d', (created, msecs) => {
    expect(new LogRecord('n', INFO, '', [], created).msecs).toBe(msecs);
  });

  it.each([
    ['/srv/app.js', 'app.js', 'app'],
    ['/srv/app.test.ts', 'app.test.ts', 'app.test'],
    ['/srv/.hidden', '.hidden', '.hidden'],
    ['plain', 'plain', 'plain'],
  ])('splits the path %s', (pathname, filename, module) => {
    const made = record('x');
    made.pathname = pathname;

    expect([made.filename, made.module]).toEqual([filename, module]);
  });

  it('has "Unknown module" for a path that is not a string', () => {
    expect(makeLogRecord({ pathname: 5 }).module).toBe('Unknown module');
  });

  it('keeps assigned values', () => {
    const made = record('x');
    Object.assign(made, {
      levelname: 'LOUD',
      msecs: 1,
      process: 2,
      thread: 3,
      threadName: 't',
      taskName: 'job',
    });

    expect(made).toMatchObject({
      levelname: 'LOUD',
      msecs: 1,
      process: 2,
      thread: 3,
      threadName: 't',
      taskName: 'job',
    });
  });

  it('lets a filter remove the Error and the fields', () => {
    const made = record('x', new Error('refused'), { id: 1 });
    made.excInfo = undefined;
    made.extra = undefined;

    expect([made.excInfo, made.extra]).toEqual([undefined, undefined]);
  });

  it('never lets a field hide an attribute', () => {
    const made = record('x', { levelno: 99, name: 'other', getMessage: 1 });

    expect([made.levelno, made.name, made.getMessage()]).toEqual([INFO, 'shop', 'x']);
  });

  it('clones without sharing what is set later', () => {
    const made = record('x', { id: 1 });
    made.levelname = 'LOUD';
    const copy = made.clone();
    copy.msg = 'y';
    copy.levelname = 'QUIET';

    expect([made.msg, made.levelname, copy.msg, copy.extra]).toEqual(['x', 'LOUD', 'y', { id: 1 }]);
  });

  it("prints as Python's repr does", () => {
    const made = makeLogRecord({ name: 'n', levelno: ERROR, pathname: 'p.py', lineno: 3, msg: 'text' });

    expect([String(made), inspect(made)]).toEqual(Array(2).fill('<LogRecord: n, 40, p.py, 3, "text">'));
  });
});
