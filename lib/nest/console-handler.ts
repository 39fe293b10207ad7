/** The handler of a module that was given none. */
import { createHandler, type HandlerData } from '../config/handler-registry';
import type { Handler } from '../core/handler';

/** Standard output: for people on a terminal, JSON lines otherwise. */
export function consoleData(): HandlerData {
  return { class: 'StreamHandler', stream: 'stdout', formatter: process.stdout.isTTY ? 'pretty' : 'json' };
}

export function consoleHandler(): Handler {
  return createHandler(consoleData());
}
