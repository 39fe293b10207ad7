/** Parses the command line of the program. */
import { parseArgs } from 'node:util';
import { isError } from '../internal/foreign';
import { UsageError } from './usage.error';

export interface ListenCommand {
  readonly name: 'listen';
  /** Path of the configuration. */
  readonly config: string;
  /** End when the queue is empty. */
  readonly once: boolean;
  /** Print only errors. */
  readonly quiet: boolean;
}

export type Command = ListenCommand | { readonly name: 'help' };

export const USAGE = `nestjs-hindsight listen --config FILE [--once] [--quiet]

Takes log records out of a Redis stream and passes them to the handlers of a configuration.

  --config FILE  a JSON file for dictConfig, with one more key "queue": url, stream, group, consumer and the other
                 options of RedisStreamQueue. Without "url" the environment variable REDIS_URL is used.
  --once         drain the stream and end
  --quiet        print only errors

On SIGTERM and SIGINT it finishes the records it has taken; a second signal ends it at once.
Exit code 0: success. 1: failure. 2: the command or the configuration is wrong.
`;

/** @throws UsageError for unknown arguments. */
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
