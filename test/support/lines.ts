/** The lines of a text or a file, each of which ends with a line feed. */
import { readFileSync } from 'node:fs';

export function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

export function linesOfFile(path: string): string[] {
  return linesOf(readFileSync(path, 'utf8'));
}
