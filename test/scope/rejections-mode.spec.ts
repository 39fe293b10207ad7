import { describe, expect, it } from 'vitest';
import { rejectionsMode } from '../../lib/scope/crash';

describe('rejectionsMode', () => {
  it.each<[args: string[], nodeOptions: string, mode: string]>([
    [[], '', 'throw'],
    [['--unhandled-rejections=warn'], '', 'warn'],
    [['--enable-source-maps', '--unhandled_rejections', 'none'], '', 'none'],
    [['--unhandled-rejections=warn', '--unhandled-rejections=strict'], '', 'strict'],
    [[], '--enable-source-maps --unhandled-rejections=none', 'none'],
    [[], '"--unhandled-rejections=warn"', 'warn'],
    [['--unhandled-rejections=throw'], '--unhandled-rejections=none', 'throw'],
    [['-e', 'run("--unhandled-rejections=none")'], '', 'throw'],
  ])('of the arguments %j and NODE_OPTIONS %j is the last, %j', (args, nodeOptions, mode) => {
    expect(rejectionsMode(args, nodeOptions)).toBe(mode);
  });

  it('is that of this process by default', () => {
    expect(rejectionsMode()).toBe('throw');
  });
});
