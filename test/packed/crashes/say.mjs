/** Prints a line for the test synchronously, so that it is not lost when the process ends. */
import { writeSync } from 'node:fs';

export function say(text) {
  writeSync(1, `${text}\n`);
}
