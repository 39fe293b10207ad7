import { describe, expect, it } from 'vitest';
import { ConfigPlace } from '../../lib/config/config-place';
import { Externals } from '../../lib/config/externals';

const place = new ConfigPlace('dictConfig', 'handlers.h.stream');

describe('Externals', () => {
  it("knows Python's streams, socket types and levels", () => {
    const externals = new Externals();
    const names = ['sys.stdout', 'sys.stderr', 'socket.SOCK_STREAM', 'socket.SOCK_DGRAM', 'logging.WARN'];

    expect(names.map((name) => externals.find(name, place))).toEqual([
      process.stdout,
      process.stderr,
      'stream',
      'dgram',
      30,
    ]);
  });

  it("knows the constants of Python's SysLogHandler", () => {
    const externals = new Externals();
    const find = (name: string): unknown => externals.find(`logging.handlers.SysLogHandler.${name}`, place);

    expect([find('LOG_LOCAL0'), find('LOG_ERR')]).toEqual([16, 3]);
    for (const name of ['LOG_LOCAL9', 'priorityMap', 'prototype'])
      expect(() => find(name)).toThrow('not registered');
  });

  it('prefers what the caller gives', () => {
    const stream = { write: () => true };

    expect(new Externals({ 'sys.stdout': stream }).find('sys.stdout', place)).toBe(stream);
  });

  it('knows nothing else', () => {
    const externals = new Externals({ 'app.stream': 1 });

    expect(() => externals.find('app.steam', place)).toThrow(
      'dictConfig: "handlers.h.stream": ext://app.steam is not registered in "externals", did you mean "app.stream"?',
    );
    for (const name of ['constructor', '__proto__', 'process.exit', '']) {
      expect(() => externals.find(name, place)).toThrow('is not registered');
    }
  });
});
