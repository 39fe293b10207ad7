/** The path of a value in a configuration, for error texts. */
import { inspect } from 'node:util';
import { ConfigurationError, type ErrorCode } from '../errors';

/** Finds `maxBytes` in a constructor's error text, such as `RotatingFileHandler: "maxBytes" must be …`. */
const OPTION_IN_MESSAGE = /"(\w+)"/;
const IDENTIFIER = /^[\p{L}\p{N}_$-]+$/u;

function shown(value: unknown): string {
  return inspect(value, { depth: 1, breakLength: Infinity, maxArrayLength: 5, maxStringLength: 100 });
}

/** A path in the configuration of one owner, such as `handlers.file.maxBytes` of `dictConfig`. */
export class ConfigPlace {
  readonly owner: string;
  /** '' for the configuration itself. */
  readonly path: string;

  constructor(owner: string, path = '') {
    this.owner = owner;
    this.path = path;
  }

  /** The place of one entry. A key that is not a plain word is put in brackets: `loggers['shop.orders']`. */
  at(key: string | number): ConfigPlace {
    if (typeof key === 'number') return new ConfigPlace(this.owner, `${this.path}[${key}]`);
    if (!IDENTIFIER.test(key)) return new ConfigPlace(this.owner, `${this.path}[${inspect(key)}]`);
    return new ConfigPlace(this.owner, this.path === '' ? key : `${this.path}.${key}`);
  }

  /** `dictConfig: "handlers.file.level" must be …, got …` */
  mustBe(what: string, got: unknown, code?: ErrorCode): ConfigurationError {
    const subject = this.path === '' ? 'the configuration' : `"${this.path}"`;
    return new ConfigurationError(
      `${this.owner}: ${subject} must be ${what}, got ${shown(got)}.`,
      code === undefined ? {} : { code },
    );
  }

  /** `dictConfig: "handlers.file": `, followed by the sentence. */
  error(
    sentence: string,
    options: { readonly code?: ErrorCode; readonly cause?: unknown } = {},
  ): ConfigurationError {
    const where = this.path === '' ? this.owner : `${this.owner}: "${this.path}"`;
    return new ConfigurationError(`${where}: ${sentence}`, options);
  }

  /** Wraps the error of a constructor or a factory. If the error names one of `keys`, that key is added to the path. */
  failed(error: unknown, keys: readonly string[] = []): ConfigurationError {
    const message = error instanceof Error ? error.message : shown(error);
    const option = OPTION_IN_MESSAGE.exec(message)?.[1];
    const place = option !== undefined && keys.includes(option) ? this.at(option) : this;
    return place.error(message, {
      cause: error,
      ...(error instanceof ConfigurationError ? { code: error.code } : {}),
    });
  }
}
