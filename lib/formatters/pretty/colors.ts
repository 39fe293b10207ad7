/** Colours of a terminal, and when to use them. */
import { CRITICAL, ERROR, INFO, WARNING } from '../../core/level';

/** The part of a stream that tells whether people look at it. */
export interface MaybeTerminal {
  readonly isTTY?: boolean | undefined;
}

const RESET = '\u001b[0m';

export type Paint = (text: string) => string;

function paint(code: string): Paint {
  return (text) => `\u001b[${code}m${text}${RESET}`;
}

const plain: Paint = (text) => text;

export interface Palette {
  readonly dim: Paint;
  readonly bold: Paint;
  readonly error: Paint;
  readonly level: (levelno: number) => Paint;
}

const red = paint('31');
const critical = paint('1;97;41');
const yellow = paint('33');
const green = paint('32');
const cyan = paint('36');

function levelPaint(levelno: number): Paint {
  if (levelno >= CRITICAL) return critical;
  if (levelno >= ERROR) return red;
  if (levelno >= WARNING) return yellow;
  return levelno >= INFO ? green : cyan;
}

export const COLORED: Palette = { dim: paint('2'), bold: paint('1'), error: red, level: levelPaint };
export const PLAIN: Palette = { dim: plain, bold: plain, error: plain, level: () => plain };

/** FORCE_COLOR decides, then NO_COLOR (no-color.org), then whether the stream is a terminal: Node's own order. */
export function wantsColors(stream: MaybeTerminal, env: NodeJS.ProcessEnv = process.env): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if ((env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb') return false;
  return stream.isTTY === true;
}
