import { AsyncResource } from 'node:async_hooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DEBUG, INFO } from '../../lib/core/level';
import type { LogRecord } from '../../lib/core/log-record';
import { Manager } from '../../lib/core/manager';
import { observing } from '../../lib/core/record-observer';
import { PrettyFormatter } from '../../lib/formatters';
import { FailureBuffer, type FailureBufferOptions } from '../../lib/testing/failure-buffer';

const message = { format: (record: LogRecord) => record.getMessage() };

/** A buffer, a logger tree whose records it gets, and what it has printed. */
function setUp(options: Partial<FailureBufferOptions> = {}, seesAllTests = true) {
  const printed: string[] = [];
  const print = (text: string): void => void printed.push(text);
  const buffer = new FailureBuffer(
    { level: DEBUG, capacity: 100, formatter: message, print, ...options },
    seesAllTests,
  );
  const before = observing.current;
  onTestFinished(() => void (observing.current = before));
  observing.current = buffer;
  return { buffer, printed, log: new Manager().getLogger('shop') };
}

describe('FailureBuffer', () => {
  it('prints what a failed test logged, and nothing for a test that passed', () => {
    const { buffer, printed, log } = setUp();

    const passing = buffer.begin('passes');
    log.debug('one');
    buffer.end(passing, false);
    const failing = buffer.begin('fails');
    log.debug('two');
    log.error('three');
    buffer.end(failing, true);

    expect(printed).toEqual(['logs of the failed test "fails":\ntwo\nthree\n']);
  });

  it('prints nothing for a failed test that logged nothing', () => {
    const { buffer, printed } = setUp();

    buffer.end(buffer.begin('silent'), true);

    expect(printed).toEqual([]);
  });

  it('keeps the newest records up to the capacity and says how many were dropped', () => {
    const { buffer, printed, log } = setUp({ capacity: 2 });

    const logs = buffer.begin('chatty');
    for (const number of [1, 2, 3, 4, 5]) log.info('%d', number);
    buffer.end(logs, true);

    expect(printed).toEqual(['logs of the failed test "chatty":\n… 3 older records were dropped\n4\n5\n']);
  });

  it('keeps no records below its level', () => {
    const { buffer, printed, log } = setUp({ level: INFO });
    log.manager.root.setLevel(DEBUG);

    const logs = buffer.begin('fails');
    log.debug('too low');
    log.info('high enough');
    buffer.end(logs, true);

    expect(printed).toEqual(['logs of the failed test "fails":\nhigh enough\n']);
  });

  it('prints the arguments as they were at the log call', () => {
    const { buffer, printed, log } = setUp();
    const order = { state: 'new' };

    const logs = buffer.begin('fails');
    log.info('order %j', order);
    order.state = 'changed';
    buffer.end(logs, true);

    expect(printed.join('')).toContain('{"state":"new"}');
  });

  it('keeps the records of concurrent tests apart', async () => {
    const { buffer, printed, log } = setUp();
    const test = async (name: string, fails: boolean): Promise<void> => {
      const logs = buffer.begin(name);
      await buffer.run(logs, async () => {
        log.debug('%s begins', name);
        await Promise.resolve();
        log.debug('%s ends', name);
      });
      buffer.end(logs, fails);
    };

    await Promise.all([test('a', false), test('b', true), test('c', false)]);

    expect(printed).toEqual(['logs of the failed test "b":\nb begins\nb ends\n']);
  });

  it('adds a record of an unknown test to each running test, says so, and prints it once', () => {
    const { buffer, printed, log } = setUp();
    const [a, b] = [buffer.begin('a'), buffer.begin('b')];

    log.debug('from a server');
    buffer.end(a, true);
    buffer.end(b, true);

    expect(printed).toEqual([
      'logs of the failed test "a", some perhaps from tests that ran at the same time:\nfrom a server\n',
    ]);
  });

  it('adds a record with the context of an earlier test to the running test', () => {
    const { buffer, printed, log } = setUp();
    const first = buffer.begin('first');
    const connection = buffer.run(first, () => new AsyncResource('connection'));
    buffer.end(first, false);

    const second = buffer.begin('second');
    connection.runInAsyncScope(() => log.debug('answer'));
    buffer.end(second, true);

    expect(printed).toEqual(['logs of the failed test "second":\nanswer\n']);
  });

  it('prints a test whose subtest failed, each record with the innermost test', () => {
    const { buffer, printed, log } = setUp();

    const outer = buffer.begin('outer');
    log.debug('before');
    const inner = buffer.begin('outer > inner');
    log.debug('inside');
    buffer.end(inner, true);
    log.debug('after');
    buffer.end(outer, false);

    expect(printed).toEqual([
      'logs of the failed test "outer > inner":\ninside\n',
      'logs of the failed test "outer":\nbefore\nafter\n',
    ]);
  });

  it('prints what was logged outside of tests with the first failed test', () => {
    const { buffer, printed, log } = setUp();

    log.info('starting');
    buffer.end(buffer.begin('passes'), false);
    expect(printed).toEqual([]);
    buffer.end(buffer.begin('fails'), true);
    buffer.end(buffer.begin('fails again'), true);

    expect(printed).toEqual(['logged outside of tests so far:\nstarting\n']);
  });

  it.each([
    [true, ['logged outside of tests so far:\nstarting\n']],
    [false, []],
  ])(
    'prints what was logged outside of tests at the end of a file, if the file failed: %s',
    (failed, expected) => {
      const { buffer, printed, log } = setUp();

      log.info('starting');
      buffer.endFile(failed);

      expect(printed).toEqual(expected);
    },
  );

  it('ignores records outside of tests if single tests are wrapped', () => {
    const { buffer, printed, log } = setUp({}, false);

    log.info('starting');
    expect(buffer.hides(process.stdout)).toBe(false);
    const logs = buffer.begin('fails');
    expect(buffer.hides(process.stdout)).toBe(true);
    buffer.end(logs, true);

    expect(printed).toEqual([]);
  });

  it('hides only standard output and standard error, unless a test spies on them', () => {
    const { buffer } = setUp();
    const stream = { write: () => true };

    expect([process.stdout, process.stderr, stream].map((each) => buffer.hides(each))).toEqual([
      true,
      true,
      false,
    ]);

    const write = process.stdout.write.bind(process.stdout);
    onTestFinished(() => void Reflect.deleteProperty(process.stdout, 'write'));
    process.stdout.write = write;
    expect(buffer.hides(process.stdout)).toBe(false);
  });

  it('escapes the control characters of a message and of the name of a test', () => {
    const { buffer, printed, log } = setUp({ formatter: new PrettyFormatter({ colors: false }) });

    const logs = buffer.begin('a\nb');
    log.info('forged\nline');
    buffer.end(logs, true);

    expect(printed.join('').split('\n')).toHaveLength(3);
  });

  it('restores what its formatter sets on the record', () => {
    const { buffer, log } = setUp({ formatter: new PrettyFormatter() });
    const seen: LogRecord[] = [];
    log.addFilter((record) => (seen.push(record), true));

    buffer.begin('fails');
    log.exception('failed', new Error('secret'));

    expect(seen.map(({ excText, message: text }) => [excText, text])).toEqual([[undefined, undefined]]);
  });

  it('prints a note for a record whose formatter throws, and does not call the formatter again', () => {
    const { buffer, printed, log } = setUp({
      formatter: {
        format(record) {
          if (record.msg === 'bad') throw new Error('cannot');
          if (record.msg === 'logs') log.info('from the formatter');
          return record.getMessage();
        },
      },
    });

    const logs = buffer.begin('fails');
    log.info('bad');
    log.info('logs');
    buffer.end(logs, true);

    expect(printed).toEqual([
      'logs of the failed test "fails":\na record of shop could not be formatted: Error: cannot\nlogs\n',
    ]);
  });

  it('does not throw for a record whose message cannot be formatted', () => {
    const { buffer, printed, log } = setUp();
    const hostile = {
      toString(): string {
        throw Object.defineProperty(new Error(), 'message', { get: () => hostile });
      },
    };

    const logs = buffer.begin('fails');
    log.info('%s', hostile);
    log.info(hostile);
    buffer.end(logs, true);

    expect(printed.join('').split('\n').length).toBeGreaterThanOrEqual(4);
  });
});
