/** What the program is told on its command line. */
import { parseArgs } from 'node:util';
import { isError } from '../internal/foreign';
import { UsageError } from './usage.error';

export interface ListenCommand {
  readonly name: 'listen';
  /** Path of the configuration. */
  readonly config: string;
  /** End when the queue is empty. */
  readonly once: boolean;
  /** Say nothing but errors. */
  readonly quiet: boolean;
}

export type Command = ListenCommand | { readonly name: 'help' };

export const USAGE = `nestjs-hindsight listen --config FILE [--once] [--quiet]

Takes log records out of a stream of Redis and hands them to the handlers of a configuration.

  --config FILE  JSON as dictConfig takes it, with one more key, "queue": url, stream, group, consumer and the other
                 options of RedisStreamQueue. Without "url" it is the environment's REDIS_URL.
  --once         drain the stream and leave
  --quiet        say nothing but errors

SIGTERM and SIGINT let it finish what it holds; a second one ends it at once.
Exit code 0: done. 1: it failed. 2: the command or the configuration is wrong.
`;

/** @throws UsageError for anything that is not understood. */
export function readArguments(args: readonly string[]): Command {
  const { values, positionals } = parse(args);
  const [name, ...others] = positionals;
  if (values.help === true || (name === 'help' && others.length === 0)) return { name: 'help' };
  if (name === undefined) throw new UsageError(`which command?\n\n${USAGE}`);
  if (name !== 'listen') throw new UsageError(`there is no command "${name}"; the only one is listen.`);
  if (others.length > 0) throw new UsageError(`listen takes no argument "${String(others[0])}".`);
  if (values.config === undefined) throw new UsageError('listen needs --config FILE.');
  return { name, config: values.config, once: values.once ?? false, quiet: values.quiet ?? false };
}

interface Parsed {
  readonly values: { config?: string; once?: boolean; quiet?: boolean; help?: boolean };
  readonly positionals: readonly string[];
}

function parse(args: readonly string[]): Parsed {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: 'string', short: 'c' },
        once: { type: 'boolean' },
        quiet: { type: 'boolean', short: 'q' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(isError(error) ? error.message : String(error));
  }
}
