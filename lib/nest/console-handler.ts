/** The handler of a module that was given none. */
import { createHandler, type HandlerData } from '../config/registry';
import type { Handler } from '../core/handler';

/** Standard output: for people on a terminal, line by line; JSON otherwise, the lines of a turn of the event loop together. */
export function consoleData(): HandlerData {
  const form = process.stdout.isTTY
    ? ({ formatter: 'pretty' } as const)
    : ({ formatter: 'json', buffer: 'turn' } as const);
  return { class: 'StreamHandler', stream: 'stdout', ...form };
}

export function consoleHandler(): Handler {
  return createHandler(consoleData());
}
