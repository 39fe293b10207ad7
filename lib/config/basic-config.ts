/** One call that sets the root logger up. */
import { diagnostics } from '../core/diagnostics';
import type { Handler } from '../core/handler';
import { parseLevel, type LevelInput } from '../core/level';
import type { Logger } from '../core/logger';
import { getLogger } from '../core/manager';
import { ConfigurationError } from '../errors';
import { Formatter } from '../formatters/formatter';
import { checkedOptions, type OptionNames } from '../internal/options';
import { didYouMean } from '../internal/did-you-mean';
import { FileHandler, StreamHandler, type FileHandlerOptions, type LogStream } from '../handlers';

export interface BasicConfigOptions {
  /** A file in place of the stream. */
  readonly filename?: string;
  /** @defaultValue 'a' */
  readonly filemode?: string;
  /** Null is the message alone. @defaultValue '%(levelname)s:%(name)s:%(message)s', in the given style */
  readonly format?: string | null;
  /** strftime pattern of `asctime`. */
  readonly datefmt?: string | null;
  /** @defaultValue '%' */
  readonly style?: '%' | '{' | '$';
  /** Level of the root. @defaultValue what it is */
  readonly level?: LevelInput | null;
  /** @defaultValue process.stderr */
  readonly stream?: LogStream | null;
  /** Handlers to add as they are; those without a formatter get the one described here. */
  readonly handlers?: Iterable<Handler> | null;
  /** Remove and close the root's handlers first. @defaultValue false: with handlers there, nothing is done */
  readonly force?: boolean;
  /** Encoding of the file. */
  readonly encoding?: FileHandlerOptions['encoding'];
  /** What becomes of characters the file's encoding lacks. @defaultValue 'backslashreplace' */
  readonly errors?: FileHandlerOptions['errors'];
}

const BASIC_FORMATS: Readonly<Record<string, string>> = {
  '%': '%(levelname)s:%(name)s:%(message)s',
  '{': '{levelname}:{name}:{message}',
  $: '${levelname}:${name}:${message}',
};

const OPTIONS = {
  filename: true,
  filemode: true,
  format: true,
  datefmt: true,
  style: true,
  level: true,
  stream: true,
  handlers: true,
  force: true,
  encoding: true,
  errors: true,
} as const satisfies OptionNames<BasicConfigOptions>;

function checkOptions(options: BasicConfigOptions): void {
  const { stream, filename } = options;
  const handlers = options.handlers ?? undefined;
  if (handlers === undefined && stream !== undefined && filename !== undefined) {
    throw new ConfigurationError("'stream' and 'filename' should not be specified together");
  }
  if (handlers !== undefined && (stream !== undefined || filename !== undefined)) {
    throw new ConfigurationError("'stream' or 'filename' should not be specified together with 'handlers'");
  }
  const unknown = Object.entries(options)
    .filter(([key, value]) => value !== undefined && !Object.hasOwn(OPTIONS, key))
    .map(([key]) => key);
  const [first] = unknown;
  if (first !== undefined) {
    const known = didYouMean(first, Object.keys(OPTIONS));
    throw new ConfigurationError(`Unrecognised argument(s): ${unknown.join(', ')}${known}`);
  }
  // As in Python, which reads it only without handlers.
  if (handlers !== undefined && options.filemode !== undefined) {
    throw new ConfigurationError('Unrecognised argument(s): filemode');
  }
}

function makeFormatter({ format, datefmt, style = '%' }: BasicConfigOptions): Formatter {
  // An unknown style is refused by the Formatter, with Python's sentence.
  const fmt = format === undefined ? BASIC_FORMATS[style] : format;
  return new Formatter(fmt, { datefmt: datefmt ?? undefined, style });
}

function makeHandler(options: BasicConfigOptions): Handler {
  const { filename, stream, filemode = 'a', encoding, errors = 'backslashreplace' } = options;
  if (filename === undefined || filename === '') return new StreamHandler(stream ?? null);
  return new FileHandler(filename, {
    mode: filemode,
    errors,
    ...(encoding === undefined ? {} : { encoding }),
  });
}

function report(handler: Handler, error: unknown): void {
  diagnostics.report({ source: handler.describe(), what: 'the close by basicConfig failed', error });
}

/** Closes each handler, even if closing another one fails. */
function removeHandlers(root: Logger): void {
  for (const handler of root.handlers) {
    root.removeHandler(handler);
    try {
      handler.close()?.catch((error: unknown) => report(handler, error));
    } catch (error) {
      report(handler, error);
    }
  }
}

/**
 * Gives the root logger a handler with a formatter, and a level. Does nothing if the root has handlers, unless `force`.
 *
 * Ports logging.basicConfig (CPython 3.14). Differs: everything is checked before anything is changed, where CPython
 * finds a wrong level or an unknown argument when the handlers are there already.
 *
 * @throws ConfigurationError with Python's sentence.
 * @example
 * basicConfig({ filename: 'app.log', level: 'INFO', format: '%(asctime)s %(message)s' });
 */
export function basicConfig(given: BasicConfigOptions = {}): void {
  // A format that is null is Python's None: the message alone.
  const format = given?.format === null ? { format: null } : {};
  const options = { ...checkedOptions('basicConfig', given, false), ...format };
  const root = getLogger();
  if (root.handlers.length > 0 && options.force !== true) return;
  checkOptions(options);
  const { level: input } = options;
  const level = input === undefined || input === null ? undefined : parseLevel(input);
  const formatter = makeFormatter(options);
  // An old and the new handler may have the same file: it must be closed before it is opened again.
  removeHandlers(root);
  for (const handler of options.handlers ?? [makeHandler(options)]) {
    if (handler.formatter === undefined) handler.setFormatter(formatter);
    root.addHandler(handler);
  }
  if (level !== undefined) root.setLevel(level);
}
