/** Splits a text or a file into its lines, which all end with a line feed. */
import { readFileSync } from 'node:fs';

export function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

export function linesOfFile(path: string): string[] {
  return linesOf(readFileSync(path, 'utf8'));
}
