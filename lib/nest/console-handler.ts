/** The handler of a module that was given none. */
import { formatterNamed } from '../config/formatter-registry';
import type { Handler } from '../core/handler';
import { StreamHandler } from '../handlers';

/** Standard output: for people on a terminal, JSON lines otherwise. */
export function consoleHandler(): Handler {
  return new StreamHandler(process.stdout, {
    formatter: formatterNamed(process.stdout.isTTY ? 'pretty' : 'json'),
  });
}
