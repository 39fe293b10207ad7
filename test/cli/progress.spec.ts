import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Progress, progressText } from '../../lib/cli/progress';

const NOTHING = { acknowledged: 0, repeated: 0, setAside: 0, trimmed: 0 };

function output(isTTY: boolean): {
  readonly isTTY: boolean;
  readonly write: (text: string) => void;
  text: string;
} {
  const made = { isTTY, text: '', write: (text: string) => void (made.text += text) };
  return made;
}

describe('progressText', () => {
  it('says what there is to say', () => {
    expect(progressText(NOTHING)).toBe('0 records handled');
    expect(progressText({ ...NOTHING, acknowledged: 1 })).toBe('1 record handled');
    expect(progressText({ acknowledged: 12_345, repeated: 3, setAside: 2, trimmed: 1 }, 1199.6)).toBe(
      '12,345 records handled, 1,200/s, 3 handed out again, 2 set aside, 1 lost to maxLength',
    );
  });
});

describe('Progress', () => {
  it('writes a first and a last line into a log', () => {
    const log = output(false);
    new Progress(log, 'listening', () => ({ ...NOTHING, acknowledged: 5 })).end();

    expect(log.text).toBe('listening\n5 records handled\n');
  });

  it('writes one line on a terminal again and again, and takes it off at the end', () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const terminal = output(true);
    const counts = { ...NOTHING };
    const progress = new Progress(terminal, 'listening', () => counts);
    counts.acknowledged = 7;
    vi.advanceTimersByTime(250);
    progress.end();
    vi.advanceTimersByTime(1000);

    expect(terminal.text).toMatch(
      /^listening\n\r\u001B\[K7 records handled, [\d,∞]+\/s\r\u001B\[K7 records handled\n$/u,
    );
  });
});
