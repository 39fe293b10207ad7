import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Diagnostics } from '../../lib/core/diagnostics';
import { loggingSettings } from '../../lib/core/settings';
import { capturedStderr } from '../support/captured-stderr';

const failure = { source: 'FileHandler app.log', what: 'a record was not written' };

describe('Diagnostics', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
    loggingSettings.raiseExceptions = true;
  });

  it('writes who failed, what did not happen, why, and for which record', () => {
    const stderr = capturedStderr();

    new Diagnostics().report({
      ...failure,
      error: new Error('disk full', { cause: new RangeError('ENOSPC') }),
      subject: 'shop INFO "order %d"',
    });

    expect(stderr.text).toBe(
      'nestjs-hindsight: FileHandler app.log: a record was not written: Error: disk full: RangeError: ENOSPC ' +
        '(shop INFO "order %d")\n',
    );
  });

  it('lets what a server said forge no line of its own', () => {
    const stderr = capturedStderr();

    new Diagnostics().report({
      ...failure,
      error: new Error('550 no\r\nnestjs-hindsight: all is well \u001b[2J\u202e\u200b'),
    });

    expect(stderr.text).toBe(
      'nestjs-hindsight: FileHandler app.log: a record was not written: ' +
        'Error: 550 no\\r\\nnestjs-hindsight: all is well \\x1b[2J\\u202e\\u200b\n',
    );
  });

  it('is silent about a source for ten seconds, then says how often it failed', () => {
    const stderr = capturedStderr();
    const diagnostics = new Diagnostics();

    for (let i = 0; i < 1000; i++) diagnostics.report(failure);
    expect(stderr.text.split('\n')).toHaveLength(2);
    vi.advanceTimersByTime(10_000);

    expect(stderr.text.split('\n')[1]).toBe(
      'nestjs-hindsight: FileHandler app.log: a record was not written [999 more since the last report]',
    );
    expect([diagnostics.total, diagnostics.count(failure.source)]).toEqual([1000, 1000]);
  });

  it('speaks at once of another source', () => {
    const stderr = capturedStderr();
    const diagnostics = new Diagnostics();

    diagnostics.report(failure);
    diagnostics.report({ ...failure, source: 'SocketHandler' });

    expect(stderr.text).toContain('nestjs-hindsight: SocketHandler: ');
  });

  it('tells at once that a failure is over, counts nothing for it, and repeats it as rarely', () => {
    const stderr = capturedStderr();
    const diagnostics = new Diagnostics();

    diagnostics.report(failure);
    for (let i = 0; i < 3; i++) diagnostics.recovered({ source: failure.source, what: `again ${i}` });
    expect(stderr.text.split('\n')[1]).toBe('nestjs-hindsight: FileHandler app.log: again 0');
    vi.advanceTimersByTime(10_000);

    expect(stderr.text.split('\n')[2]).toBe(
      'nestjs-hindsight: FileHandler app.log: again 2 [2 more since the last report]',
    );
    expect([diagnostics.total, diagnostics.count(failure.source)]).toEqual([1, 1]);
  });

  it('speaks at once after a quiet interval', () => {
    const stderr = capturedStderr();
    const diagnostics = new Diagnostics();

    diagnostics.report(failure);
    vi.advanceTimersByTime(10_000);
    diagnostics.report(failure);

    expect(stderr.text).toBe('nestjs-hindsight: FileHandler app.log: a record was not written\n'.repeat(2));
  });

  it('writes the counts that wait when it is flushed', () => {
    const stderr = capturedStderr();
    const diagnostics = new Diagnostics();
    diagnostics.report(failure);
    diagnostics.report(failure);

    diagnostics.flush();
    diagnostics.flush();

    expect(stderr.text.match(/1 more since the last report/g)).toHaveLength(1);
  });

  it('shares one line among sources beyond a thousand', () => {
    const stderr = capturedStderr();
    const diagnostics = new Diagnostics();

    for (let i = 0; i < 1500; i++) diagnostics.report({ ...failure, source: `handler ${i}` });

    expect(stderr.text.split('\n')).toHaveLength(1002);
    expect([
      diagnostics.total,
      diagnostics.count('handler 1499'),
      diagnostics.count('other sources'),
    ]).toEqual([1500, 0, 500]);
  });

  it('counts in silence when raiseExceptions is false', () => {
    const stderr = capturedStderr();
    const diagnostics = new Diagnostics();
    loggingSettings.raiseExceptions = false;

    diagnostics.report(failure);

    expect([stderr.text, diagnostics.total]).toEqual(['', 1]);
  });

  it('keeps no process alive', () => {
    capturedStderr();
    vi.useRealTimers();
    const before = process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;

    new Diagnostics().report(failure);

    expect(process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length).toBe(before);
  });

  it('takes what is no Error as the reason', () => {
    const stderr = capturedStderr();

    new Diagnostics().report({ ...failure, error: 'just text' });

    expect(stderr.text).toContain('a record was not written: just text\n');
  });

  it('survives an error that cannot be printed', () => {
    capturedStderr();
    const hostile = {
      toString(): string {
        throw new Error('hostile');
      },
    };

    expect(() => new Diagnostics().report({ ...failure, error: hostile })).not.toThrow();
  });

  it('ends at Errors that cause each other', () => {
    const stderr = capturedStderr();
    const first = new Error('first');
    first.cause = new Error('second', { cause: first });

    new Diagnostics().report({ ...failure, error: first });

    expect(stderr.text).toContain('a record was not written: ');
  });
});
