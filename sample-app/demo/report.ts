/** The output of the demo: a table of at most 100 columns, with colours only on a terminal. */

export interface Row {
  readonly title: string;
  readonly status: string;
  readonly ms: number;
  /** Records that were written when they were logged. */
  readonly atOnce: number;
  /** Records that were held until the outcome was known. */
  readonly held: number;
  /** Held records that were written. */
  readonly written: number;
  readonly bytes: number;
  /** The reason of the dump. */
  readonly reason: string;
}

export interface Totals {
  readonly lines: number;
  readonly bytes: number;
}

/** Whether the output of the demo goes to a terminal with colours. */
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
  'A shop in NestJS. Records at INFO and above are written at once. The DEBUG records of a request are',
  'held in memory until it ends: written if it failed or was slow, else dropped. Bytes: of the file.',
  '',
  bold(rowOf('request', HEADINGS, 'why written')),
].join('\n');

/** Dumped requests are red. */
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
    `${share} % less, and the requests that failed or were slow have all their lines.`,
  ].join('\n');
}
