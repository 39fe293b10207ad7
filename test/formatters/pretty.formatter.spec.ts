import { describe, expect, it } from 'vitest';
import { CRITICAL, DEBUG, ERROR, INFO, WARNING } from '../../lib/core/level';
import type { LogRecord } from '../../lib/core/log-record';
import { PrettyFormatter } from '../../lib/formatters';
import { COLORED, PLAIN, wantsColors } from '../../lib/formatters/pretty.formatter';
import { some } from '../support/some';

describe('wantsColors', () => {
  const terminal = { isTTY: true };
  const pipe = {};

  it.each<[string, object, NodeJS.ProcessEnv, boolean]>([
    ['a terminal', terminal, {}, true],
    ['a pipe', pipe, {}, false],
    ['a terminal, NO_COLOR', terminal, { NO_COLOR: '1' }, false],
    ['a terminal, NO_COLOR empty', terminal, { NO_COLOR: '' }, true],
    ['a dumb terminal', terminal, { TERM: 'dumb' }, false],
    ['a pipe, FORCE_COLOR', pipe, { FORCE_COLOR: '1' }, true],
    ['a pipe, FORCE_COLOR empty', pipe, { FORCE_COLOR: '' }, true],
    ['a terminal, FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, false],
    ['a terminal, FORCE_COLOR=false', terminal, { FORCE_COLOR: 'false' }, false],
    ['FORCE_COLOR against NO_COLOR', pipe, { FORCE_COLOR: '3', NO_COLOR: '1' }, true],
  ])('%s', (_case, stream, env, wants) => {
    expect(wantsColors(stream, env)).toBe(wants);
  });
});

describe('the palette in colour', () => {
  it.each([
    [DEBUG, '\u001b[36mx\u001b[39m'],
    [INFO, '\u001b[32mx\u001b[39m'],
    [INFO + 5, '\u001b[32mx\u001b[39m'],
    [WARNING, '\u001b[33mx\u001b[39m'],
    [ERROR, '\u001b[31mx\u001b[39m'],
    [CRITICAL, '\u001b[1m\u001b[97m\u001b[41mx\u001b[49m\u001b[39m\u001b[22m'],
    [CRITICAL + 50, '\u001b[1m\u001b[97m\u001b[41mx\u001b[49m\u001b[39m\u001b[22m'],
  ])('paints level %d, and ends the colour', (levelno, painted) => {
    expect(COLORED.level(levelno)('x')).toBe(painted);
  });
});

describe('the plain palette', () => {
  it('leaves text alone', () => {
    const { dim, bold, error, level } = PLAIN;

    expect([dim, bold, error, level(ERROR)].map((paint) => paint('x'))).toEqual(['x', 'x', 'x', 'x']);
  });
});

const formatter = (): PrettyFormatter => new PrettyFormatter({ colors: false, utc: true });

function heldBack(message: string, dropped?: number): LogRecord {
  const record = some.record({ levelno: DEBUG, message, created: 1 });
  record.hindsight = { scope: 's1', reason: 'status 500', ...(dropped === undefined ? {} : { dropped }) };
  return record;
}

describe('PrettyFormatter', () => {
  it('prints time, level, logger, message and fields on one line', () => {
    const record = some.record({
      created: 1_700_000_000.123,
      extra: { orderId: 1, user: 'u1', note: 'two words' },
    });

    expect(formatter().format(record)).toBe(
      '22:13:20.123 INFO     shop.orders order placed  orderId=1 user=u1 note="two words"',
    );
  });

  it('shortens the request id and leaves out the ids of machines', () => {
    const record = some.record({ created: 0 });
    const fields = { requestId: '3f2a9c1b-aaaa-bbbb', traceId: 't', userId: 7 };
    record.context = { id: 's1', fields, tree: {} };

    expect(formatter().format(record)).toBe(
      '00:00:00.000 INFO     shop.orders [3f2a9c1b] order placed  userId=7',
    );
  });

  it('sets the stack of an error in below its record', () => {
    const lines = formatter()
      .format(some.record({ error: new Error('boom') }))
      .split('\n');

    expect(lines[1]).toBe('    Error: boom');
    expect(lines[2]).toMatch(/^ {8}at /);
  });

  it('marks records that were held back, and says once why they are shown', () => {
    const pretty = formatter();

    expect([heldBack('first'), heldBack('second', 12)].map((record) => pretty.format(record))).toEqual([
      '┆ held back until: status 500\n┆ 00:00:01.000 DEBUG    shop.orders first',
      '┆ … 12 records dropped here\n┆ 00:00:01.000 DEBUG    shop.orders second',
    ]);
  });

  it('escapes what a message could do to the terminal', () => {
    expect(formatter().format(some.record({ message: 'a\u001b[2J\nb' }))).toContain('a\\x1b[2J\\nb');
  });

  it.each([
    ['an array', ['a', 'b\nINFO forged']],
    ['an object', { a: 'b\nINFO forged' }],
    ['an object that cannot be a text', { [Symbol.toPrimitive]: () => ({}) }],
    ['a Symbol', Symbol('a\nINFO forged')],
    ['undefined', undefined],
    ['a function', () => 'a\nINFO forged'],
    ['a getter that throws', undefined],
  ])('prints one record of an Error whose message, name or stack is %s', (what, value) => {
    const throws = (): never => {
      throw new Error('a\nINFO forged');
    };
    for (const key of ['message', 'name', 'stack']) {
      const error = new Error('boom');
      Object.defineProperty(error, key, what === 'a getter that throws' ? { get: throws } : { value });
      for (const pretty of [formatter(), new PrettyFormatter({ colors: false, redact: ['a'] })]) {
        const record = some.record({ message: error, error, extra: { err: error } });

        expect(pretty.format(record)).toMatch(/^\S+ INFO {5}shop\.orders .*(?:\n {4}.*)*$/);
      }
    }
  });

  it('prints the record whatever stands in the place of method and path', () => {
    const odd = { [Symbol.toPrimitive]: () => ({}) };

    expect(
      formatter().format(some.record({ extra: { durationMs: 1, method: odd, path: Symbol('path') } })),
    ).toContain('order placed');
  });

  it('redacts fields and arguments', () => {
    const pretty = new PrettyFormatter({ colors: false, redact: ['password'] });
    const record = some.record({ message: 'user %o', args: [{ password: 'x1' }], extra: { password: 'x1' } });

    expect(pretty.format(record)).not.toContain('x1');
  });

  it('colours the level when asked to', () => {
    expect(new PrettyFormatter({ colors: true }).format(some.record())).toContain(
      '\u001b[32mINFO    \u001b[39m',
    );
  });

  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [false, { FORCE_COLOR: '1' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [false, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  ])('on a terminal %s with %j the wish for colours is %s', (isTTY, env, wanted) => {
    expect(wantsColors({ isTTY }, env)).toBe(wanted);
  });

  it('prints stack and causes of an Error among the fields below the line', () => {
    const error = new Error('boom', { cause: new TypeError('refused') });
    const lines = formatter()
      .format(some.record({ extra: { err: error, n: 1 } }))
      .split('\n');

    expect(lines[0]).toMatch(/order placed {2}err="?Error: boom"? n=1$/);
    expect(lines[1]).toBe('    err: Error: boom');
    expect(lines[2]).toMatch(/^ {8}at /);
    expect(lines).toContainEqual(expect.stringMatching(/^ +\[cause\]: TypeError: refused$/));
  });

  it("prints Errors in a list, and none twice that is the record's own", () => {
    const own = new Error('own');
    const list = [new Error('first'), new RangeError('second')];
    const text = formatter().format(some.record({ error: own, extra: { own, list } }));

    expect(text.match(/^ {4}\S.*$/gm)).toEqual([
      '    Error: own',
      '    list[0]: Error: first',
      '    list[1]: RangeError: second',
    ]);
  });

  it('redacts what is in the cause of such an Error', () => {
    const pretty = new PrettyFormatter({ colors: false, redact: ['password', 'secret'] });
    const error = new Error('boom', { cause: { password: 's1' } });
    const text = pretty.format(
      some.record({
        error,
        extra: { err: error, other: new Error('x', { cause: { password: 's1' } }), secret: new Error('s1') },
      }),
    );

    expect(text).toContain('[cause]: {"password":"[Redacted]"}');
    expect(text).not.toContain('s1');
  });
});
