import { describe, expect, it } from 'vitest';
import { readArguments, USAGE, UsageError } from '../../lib/cli/arguments';

describe('readArguments', () => {
  it('reads the command listen', () => {
    expect(readArguments(['listen', '--config', 'a.json'])).toEqual({
      name: 'listen',
      config: 'a.json',
      once: false,
      quiet: false,
    });
    expect(readArguments(['-q', '--once', '-c', 'a.json', 'listen'])).toMatchObject({
      once: true,
      quiet: true,
    });
  });

  it.each([[['--help']], [['-h', 'listen']], [['help']]])('shows the help for %j', (args) => {
    expect(readArguments(args)).toEqual({ name: 'help' });
  });

  it.each([
    [[], USAGE],
    [['lisen'], 'there is no command "lisen"; the only one is listen.'],
    [['listen'], 'listen needs --config FILE.'],
    [['listen', '--config', 'a', 'b'], 'listen takes no argument "b".'],
    [['listen', '--confg', 'a'], '--confg'],
    [['listen', '--config'], '--config'],
  ])('refuses %j', (args, text) => {
    expect(() => readArguments(args)).toThrow(UsageError);
    expect(() => readArguments(args)).toThrow(text);
  });
});
