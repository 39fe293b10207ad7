/** Colours of a terminal, and when to use them. */
import { styleText } from 'node:util';
import { CRITICAL, ERROR, INFO, WARNING } from '../../core/level';

/** The part of a stream that tells whether it is a terminal. */
export interface MaybeTerminal {
  readonly isTTY?: boolean | undefined;
}

type Format = Parameters<typeof styleText>[0];

export type Paint = (text: string) => string;

function paint(format: Format): Paint {
  // `wantsColors` decides; styleText by itself would look at stdout.
  return (text) => styleText(format, text, { validateStream: false });
}

const plain: Paint = (text) => text;

export interface Palette {
  readonly dim: Paint;
  readonly bold: Paint;
  readonly error: Paint;
  readonly level: (levelno: number) => Paint;
}

const red = paint('red');
const critical = paint(['bold', 'whiteBright', 'bgRed']);
const yellow = paint('yellow');
const green = paint('green');
const cyan = paint('cyan');

function levelPaint(levelno: number): Paint {
  if (levelno >= CRITICAL) return critical;
  if (levelno >= ERROR) return red;
  if (levelno >= WARNING) return yellow;
  return levelno >= INFO ? green : cyan;
}

export const COLORED: Palette = { dim: paint('dim'), bold: paint('bold'), error: red, level: levelPaint };
export const PLAIN: Palette = { dim: plain, bold: plain, error: plain, level: () => plain };

/** FORCE_COLOR decides, then NO_COLOR (no-color.org), then whether the stream is a terminal: Node's own order. */
export function wantsColors(stream: MaybeTerminal, env: NodeJS.ProcessEnv = process.env): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if ((env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb') return false;
  return stream.isTTY === true;
}
