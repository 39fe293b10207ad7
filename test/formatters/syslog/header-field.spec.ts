import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { headerField, identityOf, processIdentity } from '../../../lib/formatters/syslog/header-field';

describe('headerField', () => {
  it('replaces spaces, control characters and all beyond ASCII, one mark a character', () => {
    expect(headerField('my äpp\n😀\u007f!', 48)).toBe('my__pp___!');
  });

  it('cuts what is too long', () => {
    expect(headerField('abcdef', 4)).toBe('abcd');
  });

  it('is a hyphen for nothing', () => {
    expect(headerField('', 48)).toBe('-');
  });
});

describe('identityOf', () => {
  it.each([
    ['shop', 'shop', String(process.pid)],
    ['shop: ', 'shop', String(process.pid)],
    ['shop[42]: ', 'shop', '42'],
    ['shop[42]', 'shop', '42'],
    ['my shop [x] [42]:\n', 'my shop [x] ', '42'],
    ['shop[]', 'shop[]', String(process.pid)],
    ['shop::', 'shop:', String(process.pid)],
  ])('reads %j', (ident, appName, procId) => {
    expect(identityOf(ident)).toEqual({ appName, procId });
  });

  it.each([' '.repeat(100_000) + 'x[', '['.repeat(100_000), '[a'.repeat(50_000)])(
    'reads a long one in linear time: %.3s',
    (ident) => {
      const start = performance.now();

      expect(identityOf(ident)).toEqual({ appName: ident, procId: String(process.pid) });
      expect(performance.now() - start).toBeLessThan(500);
    },
  );

  it('is the process itself for an empty ident', () => {
    expect(identityOf('')).toEqual(processIdentity());
  });
});

describe('processIdentity', () => {
  it('is the main file without its ending, and the process number', () => {
    const [, script = ''] = process.argv;

    expect(processIdentity()).toEqual({
      appName: basename(script).replace(/\.[^.]+$/, '') || 'node',
      procId: String(process.pid),
    });
  });
});
