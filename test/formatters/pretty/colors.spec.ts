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
