/** Configures the root logger with one call. */
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
  /** Write to this file instead of a stream. */
  readonly filename?: string;
  /** @defaultValue 'a' */
  readonly filemode?: string;
  /** Null prints only the message. @defaultValue '%(levelname)s:%(name)s:%(message)s', in the given style */
  readonly format?: string | null;
  /** strftime pattern of `asctime`. */
  readonly datefmt?: string | null;
  /** @defaultValue '%' */
  readonly style?: '%' | '{' | '$';
  /** Level of the root logger. @defaultValue unchanged */
  readonly level?: LevelInput | null;
  /** @defaultValue process.stderr */
  readonly stream?: LogStream | null;
  /** Handlers to add. Handlers without a formatter get the one described by these options. */
  readonly handlers?: Iterable<Handler> | null;
  /** Remove and close the root's handlers first. @defaultValue false: if the root has handlers, do nothing */
  readonly force?: boolean;
  /** Encoding of the file. */
  readonly encoding?: FileHandlerOptions['encoding'];
  /** How to write characters that the file's encoding does not support. @defaultValue 'backslashreplace' */
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
  // As in Python, `filemode` is only allowed without `handlers`.
  if (handlers !== undefined && options.filemode !== undefined) {
    throw new ConfigurationError('Unrecognised argument(s): filemode');
  }
}

function makeFormatter({ format, datefmt, style = '%' }: BasicConfigOptions): Formatter {
  // The Formatter throws for an unknown style, with Python's error text.
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
 * Adds a handler with a formatter to the root logger and sets its level. Does nothing if the root has handlers, unless
 * `force` is set.
 *
 * Ports logging.basicConfig (CPython 3.14). Differs: everything is checked before anything is changed. CPython detects a
 * wrong level or an unknown argument only after it has added the handlers.
 *
 * @throws ConfigurationError with Python's error text.
 * @example
 * basicConfig({ filename: 'app.log', level: 'INFO', format: '%(asctime)s %(message)s' });
 */
export function basicConfig(given: BasicConfigOptions = {}): void {
  // `format: null` is Python's None: only the message is printed.
  const format = given?.format === null ? { format: null } : {};
  const options = { ...checkedOptions('basicConfig', given, false), ...format };
  const root = getLogger();
  if (root.handlers.length > 0 && options.force !== true) return;
  checkOptions(options);
  const { level: input } = options;
  const level = input === undefined || input === null ? undefined : parseLevel(input);
  const formatter = makeFormatter(options);
  // The old and the new handler may use the same file, which must be closed before it is opened again.
  removeHandlers(root);
  for (const handler of options.handlers ?? [makeHandler(options)]) {
    if (handler.formatter === undefined) handler.setFormatter(formatter);
    root.addHandler(handler);
  }
  if (level !== undefined) root.setLevel(level);
}
