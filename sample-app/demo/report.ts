/** How the demo looks: a table for people, 100 columns at most, colours on a terminal only. */

export interface Row {
  readonly title: string;
  readonly status: string;
  readonly ms: number;
  /** Written when they were logged. */
  readonly atOnce: number;
  /** Kept in memory until the outcome was known. */
  readonly held: number;
  /** Of those, written after all. */
  readonly written: number;
  readonly bytes: number;
  /** Why they were written. */
  readonly reason: string;
}

export interface Totals {
  readonly lines: number;
  readonly bytes: number;
}

/** Whether the demo's own output goes to a terminal that shows colours. */
export const COLORED = process.stdout.isTTY && !process.env['NO_COLOR'];

function paint(code: number, text: string): string {
  return COLORED ? `\u001B[${code}m${text}\u001B[0m` : text;
}

export const bold = (text: string): string => paint(1, text);
export const dim = (text: string): string => paint(2, text);
const red = (text: string): string => paint(31, text);

/** Widths of the columns; the title is on the left, the reason at the end. */
const TITLE = 27;
const HEADINGS = ['status', 'ms', 'at once', 'held', 'written', 'dropped', 'bytes'] as const;
const WIDTHS = [6, 7, 9, 8, 9, 9, 9] as const;

function rowOf(title: string, cells: readonly string[], reason: string): string {
  const aligned = cells.map((cell, i) => cell.padStart(WIDTHS[i] ?? 0)).join('');
  return `${title.padEnd(TITLE)}${aligned}  ${reason}`.trimEnd();
}

export const HEADER = [
  'A shop in NestJS. Lines from INFO up are written at once. The DEBUG lines of a request are held in',
  'memory until it ends: written if it failed or was slow, else dropped. Bytes: in the JSON file.',
  '',
  bold(rowOf('request', HEADINGS, 'why written')),
].join('\n');

/** A request that wrote what it held stands out. */
export function rowText({ title, status, ms, atOnce, held, written, bytes, reason }: Row): string {
  const counts = [ms, atOnce, held, written, held - written, bytes].map((count) =>
    count.toLocaleString('en-US'),
  );
  const line = rowOf(title, [status, ...counts], reason);
  return written > 0 ? red(line) : line;
}

export function totalsText(ours: Totals, everything: Totals): string {
  const row = (what: string, { lines, bytes }: Totals): string =>
    what.padEnd(50) +
    `${lines.toLocaleString('en-US')} lines`.padStart(12) +
    `${bytes.toLocaleString('en-US')} bytes`.padStart(18);
  const share = Math.round((1 - ours.bytes / everything.bytes) * 100);
  return [
    bold('In all'),
    row('written', ours),
    row('the same requests again, all of DEBUG written', everything),
    `${share} % less, and of the requests that failed or were slow not a line is missing.`,
  ].join('\n');
}
