/** What `ext://` may lead to: a table, since data must not be able to load code. */
import { CRITICAL, DEBUG, ERROR, INFO, NOTSET, WARNING } from '../core/level';
import { SysLogHandler } from '../handlers';
import type { ConfigPlace } from './config-place';
import { didYouMean } from '../internal/did-you-mean';

/** The names of Python that configurations use and that mean something here. Looked up at each use: stdout may change. */
const BUILT_IN: Readonly<Record<string, () => unknown>> = {
  'sys.stdout': () => process.stdout,
  'sys.stderr': () => process.stderr,
  'socket.SOCK_STREAM': () => 'stream',
  'socket.SOCK_DGRAM': () => 'dgram',
  'logging.CRITICAL': () => CRITICAL,
  'logging.FATAL': () => CRITICAL,
  'logging.ERROR': () => ERROR,
  'logging.WARNING': () => WARNING,
  'logging.WARN': () => WARNING,
  'logging.INFO': () => INFO,
  'logging.DEBUG': () => DEBUG,
  'logging.NOTSET': () => NOTSET,
};

/** Facilities and priorities are constants of the class: `logging.handlers.SysLogHandler.LOG_LOCAL0`. */
const SYSLOG = /^logging\.handlers\.SysLogHandler\.(LOG_[A-Z\d]+)$/;

function syslogConstant(name: string): unknown {
  const constant = SYSLOG.exec(name)?.[1] ?? '';
  return Object.hasOwn(SysLogHandler, constant) ? Reflect.get(SysLogHandler, constant) : undefined;
}

/** The caller's values by name, and the built-in ones. */
export class Externals {
  readonly #given: Readonly<Record<string, unknown>>;

  constructor(given: Readonly<Record<string, unknown>> = {}) {
    this.#given = given;
  }

  /** @throws ConfigurationError listing what there is. */
  find(name: string, place: ConfigPlace): unknown {
    if (Object.hasOwn(this.#given, name)) return this.#given[name];
    const builtIn = Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name] : undefined;
    if (builtIn !== undefined) return builtIn();
    const constant = syslogConstant(name);
    if (constant !== undefined) return constant;
    const known = [...Object.keys(this.#given), ...Object.keys(BUILT_IN)];
    throw place.error(`ext://${name} is not registered in "externals"${didYouMean(name, known)}`);
  }
}
