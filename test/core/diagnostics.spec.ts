import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { attempt, diagnostics, Diagnostics, guarded, loggingSettings } from '../../lib/core/diagnostics';
import { capturedStderr } from '../support/captured-stderr';

describe('loggingSettings', () => {
  it('reports failures of logging, looks for spans, and does not look for callers', () => {
    expect(loggingSettings).toEqual({
      raiseExceptions: true,
      captureCaller: false,
      openTelemetry: true,
    });
  });
});

const failure = { source: 'FileHandler app.log', what: 'a record was not written' };

describe('Diagnostics', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
    loggingSettings.raiseExceptions = true;
  });

  it('writes what failed, why, and for which record', () => {
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

  it('does not let the text of a server forge a line', () => {
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

  it('reports another source at once', () => {
    const stderr = capturedStderr();
    const diagnostics = new Diagnostics();

    diagnostics.report(failure);
    diagnostics.report({ ...failure, source: 'SocketHandler' });

    expect(stderr.text).toContain('nestjs-hindsight: SocketHandler: ');
  });

  it('reports a recovery at once, does not count it, and repeats it as rarely', () => {
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

  it('reports at once after an interval without failures', () => {
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

  it('does not keep the process alive', () => {
    capturedStderr();
    vi.useRealTimers();
    const before = process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;

    new Diagnostics().report(failure);

    expect(process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length).toBe(before);
  });

  it('accepts a reason that is not an Error', () => {
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

const refuse = (): never => {
  throw new Error('refused');
};

describe('attempt', () => {
  it('returns whether the work did not throw, and counts errors', () => {
    capturedStderr();
    const before = diagnostics.total;

    expect([attempt('a', () => {}), attempt('b', refuse)]).toEqual([true, false]);
    expect(diagnostics.total).toBe(before + 1);
  });
});

describe('guarded', () => {
  it('passes the arguments on and never throws', () => {
    capturedStderr();
    const seen: unknown[] = [];
    const listener = guarded('a listener', (...args: readonly number[]) => {
      seen.push(...args);
      refuse();
    });

    expect(() => listener(1, 2)).not.toThrow();
    expect(seen).toEqual([1, 2]);
  });
});
