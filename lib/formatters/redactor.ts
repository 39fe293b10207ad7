/** Removes secrets from values before they are printed. It copies, so the values of the application do not change. */
import { formatException } from '../core/exception-text';
import type { LogRecord } from '../core/log-record';
import { isArray } from '../internal/foreign';
import { accepting, otherwise, text, type Settings, type SpecOf } from '../internal/options';
import { compilePaths } from '../internal/print/redact-paths';
import { PrintWalk, type Redaction } from '../internal/print/print-walk';
import { TEXT_LIMITS } from '../internal/print/printable';

/** Redaction options of formatters. */
export interface RedactOptions {
  /**
   * Paths of values that must not be printed. They apply to `extra`, to objects in the message's arguments, to the scope's
   * ids, to the own properties of an Error, and to plain objects in its `cause` or `errors`. `password` matches a key at
   * the top level of these, `*.token` one level deeper, `req.headers.authorization` exactly this path, `items[*].card` a
   * key of each item, `**.secret` a key at any depth. Keys are case-insensitive. A class instance is printed as its keys,
   * its entries or the result of its `toJSON`.
   * @defaultValue none
   */
  readonly redact?: readonly string[];
  /** Printed instead of the value. @defaultValue '[Redacted]' */
  readonly censor?: string;
}

export const REDACT_SPEC = {
  redact: accepting('a list of paths', (value): value is readonly string[] => isArray(value)),
  censor: otherwise(text(), "'[Redacted]'"),
} satisfies SpecOf<RedactOptions>;

/**
 * Paths of credentials in headers, such as in `headers` and `req.headers`. All formatters of this package remove them
 * by default. Use this list for your own formatter or stream.
 */
export const DEFAULT_REDACTIONS: readonly string[] = [
  'authorization',
  'cookie',
  'set-cookie',
  'proxy-authorization',
].flatMap((header) => [`headers.${header}`, `*.headers.${header}`]);

/** Replaces secrets in a copy of the value. Each formatter with the option creates one. */
export class Redactor {
  /** For a PrintWalk that the caller creates. */
  readonly redaction: Redaction;
  /** For `LogRecord.getMessage`. */
  readonly argument = (value: unknown): unknown => this.value(value);

  constructor(paths: readonly string[], { censor = '[Redacted]' }: { readonly censor?: string } = {}) {
    this.redaction = { roots: compilePaths(paths), censor };
  }

  /** The value, or a copy without its secrets. */
  value<T>(value: T): T {
    if (typeof value !== 'object' || value === null) return value;
    return this.#walk().value(value) as T;
  }

  /** The message, formatted with redacted arguments. */
  message(record: LogRecord): string {
    return record.getMessage(this.argument);
  }

  /** A field of the record by name, redacted. */
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
 * The text of the record's Error, cached on the record as in Python. With a redactor the cache is not used, because the
 * cached text may come from a formatter without one.
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
