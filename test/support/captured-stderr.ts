/** Captures what a test writes to standard error. */
import { onTestFinished, vi } from 'vitest';

/** Replaces `process.stderr.write` until the test has finished; `text` is the output so far. */
export function capturedStderr(): { readonly text: string } {
  const captured = { text: '' };
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    captured.text += String(chunk);
    return true;
  });
  onTestFinished(() => spy.mockRestore());
  return captured;
}
