/** Takes secrets out of values before they are printed, without touching the values of the application. */
import { formatException } from '../core/exception-text';
import type { LogRecord } from '../core/log-record';
import { isArray } from '../internal/foreign';
import { accepting, otherwise, text, type Settings, type SpecOf } from '../internal/options';
import { compilePaths } from '../internal/print/redact-paths';
import { PrintWalk, type Redaction } from '../internal/print/print-walk';
import { TEXT_LIMITS } from '../internal/print/printable';

/** What formatters know of redaction. */
export interface RedactOptions {
  /**
   * Paths of values that must not be printed: in `extra`, in each object among the message's arguments, in the scope's
   * ids, in the own properties of an Error, and in a plain object that is its cause or one of its members. A bare key
   * (`password`) is one at the top of these, `*.token` one level below, `req.headers.authorization` exactly that,
   * `items[*].card` each item's, `**.secret` any depth. Case of keys does not matter. An instance of a class prints its
   * keys, its entries or what its `toJSON` returns.
   * @defaultValue none
   */
  readonly redact?: readonly string[];
  /** Printed in place of the value. @defaultValue '[Redacted]' */
  readonly censor?: string;
}

export const REDACT_SPEC = {
  redact: accepting('a list of paths', (value): value is readonly string[] => isArray(value)),
  censor: otherwise(text(), "'[Redacted]'"),
} satisfies SpecOf<RedactOptions>;

/**
 * What a request log must never hold: credentials in the headers of `headers`, `req.headers` and the like. All formatters
 * of this package leave them out by themselves; for a formatter or a sink of your own.
 */
export const DEFAULT_REDACTIONS: readonly string[] = [
  'authorization',
  'cookie',
  'set-cookie',
  'proxy-authorization',
].flatMap((header) => [`headers.${header}`, `*.headers.${header}`]);

/** Copy-on-write censor of values; made once by a formatter. */
export class Redactor {
  /** For a walk of one's own. */
  readonly redaction: Redaction;
  /** For `LogRecord.getMessage`. */
  readonly argument = (value: unknown): unknown => this.value(value);

  constructor(paths: readonly string[], { censor = '[Redacted]' }: { readonly censor?: string } = {}) {
    this.redaction = { roots: compilePaths(paths), censor };
  }

  /** The value, or a copy without its secrets, which prints safely in every way. */
  value<T>(value: T): T {
    if (typeof value !== 'object' || value === null) return value;
    return this.#walk().value(value) as T;
  }

  /** The message, rendered from redacted arguments. */
  message(record: LogRecord): string {
    return record.getMessage(this.argument);
  }

  /** A field of the record by name: of `extra` and the scope's ids, only what the paths let through. */
  field(name: string, value: unknown): unknown {
    if (name === 'msg') return this.value(value);
    if (name === 'args' && isArray(value)) return value.map(this.argument);
    return this.#walk().field(name, value);
  }

  #walk(): PrintWalk {
    return new PrintWalk({ as: 'text', limits: TEXT_LIMITS, redaction: this.redaction });
  }
}

/** The redactor of the options; undefined when there is nothing to redact. */
export function makeRedactor({ redact, censor }: Settings<typeof REDACT_SPEC>): Redactor | undefined {
  if (redact === undefined || redact.length === 0) return undefined;
  return new Redactor(redact, censor === undefined ? {} : { censor });
}

/**
 * The text of the record's Error, kept on the record as Python does. With something to redact it is made anew: the text
 * that is there may be of a formatter that redacts nothing.
 */
export function excTextOf(
  record: LogRecord,
  redactor: Redactor | undefined,
  format: (error: unknown) => string = formatException,
): string | undefined {
  const error = record.excInfo;
  if (error !== undefined && error !== null && (!record.excText || redactor !== undefined)) {
    record.excText = format(redactor === undefined ? error : redactor.value(error));
  }
  return record.excText;
}
