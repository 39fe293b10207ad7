import { describe, expect, it } from 'vitest';
import { CRITICAL, DEBUG, ERROR, INFO, WARNING } from '../../../lib/core/level';
import { COLORED, PLAIN, wantsColors } from '../../../lib/formatters/pretty/colors';

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
    [DEBUG, '36'],
    [INFO, '32'],
    [INFO + 5, '32'],
    [WARNING, '33'],
    [ERROR, '31'],
    [CRITICAL, '1;97;41'],
    [CRITICAL + 50, '1;97;41'],
  ])('paints level %d with %s and resets it', (levelno, code) => {
    expect(COLORED.level(levelno)('x')).toBe(`\u001b[${code}mx\u001b[0m`);
  });
});

describe('the plain palette', () => {
  it('leaves text alone', () => {
    const { dim, bold, error, level } = PLAIN;

    expect([dim, bold, error, level(ERROR)].map((paint) => paint('x'))).toEqual(['x', 'x', 'x', 'x']);
  });
});
