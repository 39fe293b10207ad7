/** Takes secrets out of values before they are printed, without touching the values of the application. */
import type { LogRecord } from '../core/log-record';
import { compilePaths, type PathNode } from './redact-paths';
import { RedactWalk } from './redact-walk';

/** What formatters know of redaction. */
export interface RedactOptions {
  /**
   * Paths of values that must not be printed: in `extra`, in each object among the message's arguments, in the scope's
   * ids, and in the own properties of an Error. A bare key (`password`) is one at the top of these, `*.token` one level
   * below, `req.headers.authorization` exactly that, `items[*].card` each item's, `**.secret` any depth. Case of keys
   * does not matter.
   * @defaultValue none
   */
  readonly redact?: readonly string[];
  /** Printed in place of the value. @defaultValue '[Redacted]' */
  readonly censor?: string;
}

/** What a request log must never hold: credentials in the headers of `headers`, `req.headers` and the like. */
export const DEFAULT_REDACTIONS: readonly string[] = [
  'authorization',
  'cookie',
  'set-cookie',
  'proxy-authorization',
].flatMap((header) => [`headers.${header}`, `*.headers.${header}`]);

/** Copy-on-write censor of values; made once by a formatter. */
export class Redactor {
  readonly #roots: readonly PathNode[];
  readonly #censor: string;
  /** For `LogRecord.getMessage`. */
  readonly argument = (value: unknown): unknown => this.value(value);

  constructor(paths: readonly string[], { censor = '[Redacted]' }: { readonly censor?: string } = {}) {
    this.#roots = compilePaths(paths);
    this.#censor = censor;
  }

  /** The value, or a copy without its secrets. */
  value<T>(value: T): T {
    if (typeof value !== 'object' || value === null) return value;
    return new RedactWalk(this.#censor).value(value, this.#roots) as T;
  }

  /** The message, rendered from redacted arguments. */
  message(record: LogRecord): string {
    return record.getMessage(this.argument);
  }

  /** What was thrown: an Error prints its stack only, anything else itself. */
  thrown(error: unknown): unknown {
    return error instanceof Error ? error : this.value(error);
  }

  /** A field of the record by name: of `extra` and the scope's ids, only what the paths let through. */
  field(name: string, value: unknown): unknown {
    if (name === 'msg') return this.value(value);
    if (name === 'args' && Array.isArray(value)) return value.map(this.argument);
    return this.value({ [name]: value })[name];
  }
}

/** The redactor of the options; undefined when there is nothing to redact. */
export function makeRedactor({ redact, censor }: RedactOptions): Redactor | undefined {
  if (redact === undefined || redact.length === 0) return undefined;
  return new Redactor(redact, censor === undefined ? {} : { censor });
}
