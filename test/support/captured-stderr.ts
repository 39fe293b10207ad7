/** What is written to standard error while a test runs. */
import { onTestFinished, vi } from 'vitest';

/** Takes over `process.stderr.write` until the test has finished; `text` is what was written so far. */
export function capturedStderr(): { readonly text: string } {
  const captured = { text: '' };
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    captured.text += String(chunk);
    return true;
  });
  onTestFinished(() => spy.mockRestore());
  return captured;
}
