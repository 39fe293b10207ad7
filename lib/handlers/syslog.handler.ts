/** Sends each record to a syslog daemon over UDP, TCP, TLS or a Unix socket. */
import { inspect } from 'node:util';
import { plainText } from '../core/exception-text';
import { describeHandler } from '../core/class-descriptions';
import type { LogRecord } from '../core/log-record';
import { ConfigurationError } from '../errors';
import { Rfc5424Formatter } from '../formatters/rfc5424.formatter';
import {
  encodePriority,
  FACILITY_NAMES,
  PRIORITY_MAP,
  PRIORITY_NAMES,
  priorityOf,
  type FacilityName,
  type PriorityMap,
  type PriorityName,
} from '../formatters/syslog-fields';
import { escapeAllButNewlines } from '../internal/control-characters';
import type { Transport } from '../outbox/transport';
import { lazy } from '../internal/lazy';
import { readOptions } from '../internal/options';
import { OutboxHandler } from './outbox.handler';
import type { MessageHead, SyslogFormat } from './syslog/syslog-message';
import type { SyslogAddress, SyslogSocketType } from './syslog/destination';
import {
  defaultFraming,
  SYSLOG_SPEC,
  syslogSettings,
  type SysLogHandlerOptions,
  type SyslogSettings,
} from './syslog/syslog-options';

export type { FacilityName, PriorityMap, PriorityName } from '../formatters/syslog-fields';
export type { SyslogAddress, SyslogSocketType } from './syslog/destination';
export type { SyslogFormat, SyslogFraming } from './syslog/syslog-message';
export { SYSLOG_TCP_PORT, SYSLOG_UDP_PORT, type SysLogHandlerOptions } from './syslog/syslog-options';

const loadParts = lazy(() => require('./syslog') as typeof import('./syslog'));

/**
 * Ports logging.handlers.SysLogHandler (CPython 3.14). By default it sends the same bytes as CPython: priority, `ident`,
 * text and a NUL. `format: 'rfc5424'` gives servers more fields, and is better for TCP and TLS.
 *
 * Differs:
 * - The constructor does not connect, and a log call never waits: see {@link OutboxHandler}. There is no `createSocket`.
 * - When a TCP or TLS connection ends, it is opened again, and the messages that may be lost are sent again (gh-95891).
 * - Levels that are not in `priorityMap` get a priority by their number. In CPython they get `warning`.
 * - Facility, priorities and `ident` are checked at construction. CPython reports them in emit, for every record.
 * - A message that is too long is cut and says so. CPython loses the record with EMSGSIZE.
 * - A lone surrogate is sent as U+FFFD. CPython loses the record.
 * - Control characters of the text are escaped, unless the formatter has `escape: false`. On a stream without `framing`, a
 *   remaining line break or NUL is sent as `#012` or `#000`, so that a message cannot contain another. `framing: 'none'`
 *   sends CPython's bytes.
 * - `format`, `framing`, `tls`, `hostname` and `maxMessageBytes` are additions.
 *
 * Unix datagram sockets, such as `/dev/log`, need Linux and the package `koffi`.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` if an option is invalid, `ERR_LOG_MISSING_PEER` if `socktype: 'dgram'` with
 * a path needs koffi.
 * @example
 * root.addHandler(new SysLogHandler({ address: ['logs', 6514], tls: { ca }, format: 'rfc5424', ident: 'shop' }));
 */
export class SysLogHandler extends OutboxHandler<Buffer> {
  static readonly LOG_EMERG = 0;
  static readonly LOG_ALERT = 1;
  static readonly LOG_CRIT = 2;
  static readonly LOG_ERR = 3;
  static readonly LOG_WARNING = 4;
  static readonly LOG_NOTICE = 5;
  static readonly LOG_INFO = 6;
  static readonly LOG_DEBUG = 7;

  static readonly LOG_KERN = 0;
  static readonly LOG_USER = 1;
  static readonly LOG_MAIL = 2;
  static readonly LOG_DAEMON = 3;
  static readonly LOG_AUTH = 4;
  static readonly LOG_SYSLOG = 5;
  static readonly LOG_LPR = 6;
  static readonly LOG_NEWS = 7;
  static readonly LOG_UUCP = 8;
  static readonly LOG_CRON = 9;
  static readonly LOG_AUTHPRIV = 10;
  static readonly LOG_FTP = 11;
  static readonly LOG_NTP = 12;
  static readonly LOG_SECURITY = 13;
  static readonly LOG_CONSOLE = 14;
  static readonly LOG_SOLCRON = 15;
  static readonly LOG_LOCAL0 = 16;
  static readonly LOG_LOCAL1 = 17;
  static readonly LOG_LOCAL2 = 18;
  static readonly LOG_LOCAL3 = 19;
  static readonly LOG_LOCAL4 = 20;
  static readonly LOG_LOCAL5 = 21;
  static readonly LOG_LOCAL6 = 22;
  static readonly LOG_LOCAL7 = 23;

  static readonly priorityNames: Readonly<Record<PriorityName, number>> = PRIORITY_NAMES;
  static readonly facilityNames: Readonly<Record<FacilityName, number>> = FACILITY_NAMES;
  static readonly priorityMap: PriorityMap = PRIORITY_MAP;

  readonly address: SyslogAddress;
  readonly facility: FacilityName | number;
  /** Time limit for connecting and for a peer that reads nothing, in seconds. */
  readonly timeout: number;
  readonly maxMessageBytes: number;
  /** Priorities by level name. May be replaced, as in Python. */
  priorityMap: PriorityMap;
  /** End messages of the format `python` with a NUL. May be changed, as in Python. */
  appendNul: boolean;
  readonly #settings: SyslogSettings;
  #ident: string;
  #head: MessageHead;
  #transport: Transport<Buffer> | undefined;

  constructor(options: SysLogHandlerOptions = {}) {
    const owner = new.target.name;
    const settings = syslogSettings(owner, readOptions(SYSLOG_SPEC, options, new.target));
    super(options);
    const { destination } = settings;
    this.address = destination.kind === 'unix' ? destination.path : [destination.host, destination.port];
    this.facility = settings.facility;
    this.timeout = settings.timeout;
    this.maxMessageBytes = settings.maxMessageBytes;
    this.priorityMap = settings.priorityMap;
    this.appendNul = settings.appendNul;
    this.#settings = settings;
    this.#ident = settings.ident;
    this.#head = this.#makeHead();
  }

  /** Whether the address is the path of a Unix socket. */
  get unixsocket(): boolean {
    return this.#settings.destination.kind === 'unix';
  }

  /** For a Unix socket without the option `socktype`, undefined until the first delivery. */
  get socktype(): SyslogSocketType | undefined {
    const { destination } = this.#settings;
    if (destination.kind !== 'unix') return destination.kind === 'udp' ? 'dgram' : 'stream';
    return this.#transport instanceof loadParts().UnixTransport ? this.#transport.kind : destination.socktype;
  }

  /** Text before each message. May be changed, as in Python. */
  get ident(): string {
    return this.#ident;
  }
  set ident(value: string) {
    if (typeof value !== 'string')
      throw new ConfigurationError(
        `${this.constructor.name}: "ident" must be a string, got ${inspect(value)}.`,
      );
    this.#ident = value;
    this.#head = this.#makeHead();
  }

  /**
   * Returns the priority of a level: from `priorityMap`, else by the level's number. Without a number it is `warning`, as in
   * Python. May be overridden.
   */
  mapPriority(levelName: string, levelno?: number): PriorityName {
    return priorityOf(this.priorityMap, levelName, levelno);
  }

  /**
   * Returns the number between `<` and `>`. Numeric arguments are used as they are.
   *
   * @throws ConfigurationError for an unknown name.
   */
  encodePriority(facility: string | number, priority: string | number): number {
    return encodePriority(facility, priority);
  }

  /** Without a formatter, an RFC 5424 message keeps its line breaks, as with an Rfc5424Formatter, since it has a framing. */
  override format(record: LogRecord): string {
    if (this.formatter !== undefined || this.#settings.format !== 'rfc5424') return super.format(record);
    return escapeAllButNewlines(plainText(record));
  }

  override describe(): string {
    return this.name === undefined || this.name === ''
      ? `${this.constructor.name} ${loadParts().destinationText(this.#settings.destination)}`
      : super.describe();
  }

  protected override payloadOf(record: LogRecord): Buffer {
    const { formatter, maxMessageBytes } = this;
    const priority = this.encodePriority(this.facility, this.mapPriority(record.levelname, record.levelno));
    const text =
      formatter instanceof Rfc5424Formatter
        ? formatter.head(record, priority, maxMessageBytes) + formatter.text(record)
        : this.#head(record, priority, maxMessageBytes) + this.format(record);
    const ended = this.appendNul && this.#format === 'python' ? `${text}\0` : text;
    const message = loadParts().cutMessage(Buffer.from(ended), maxMessageBytes);
    // For a path without `socktype`, the transport detects a stream and adds the framing.
    return this.#isDatagramOrOpen ? message : this.#frame(message);
  }

  protected override sizeOf(payload: Buffer): number {
    return payload.length;
  }

  protected override createTransport(): Transport<Buffer> {
    const { destination, timeout, tls } = this.#settings;
    this.#transport = loadParts().syslogTransport(destination, {
      owner: this.constructor.name,
      timeoutMs: timeout * 1000,
      tls,
      frame: (message) => this.#frame(message),
    });
    return this.#transport;
  }

  get #format(): SyslogFormat {
    return this.formatter instanceof Rfc5424Formatter ? 'rfc5424' : this.#settings.format;
  }

  get #isDatagramOrOpen(): boolean {
    const { destination } = this.#settings;
    return destination.kind === 'udp' || (destination.kind === 'unix' && destination.socktype !== 'stream');
  }

  #frame(message: Buffer): Buffer {
    const { framing = defaultFraming(this.#format, this.#settings.destination) } = this.#settings;
    const { frame, unframed } = loadParts();
    return framing === undefined ? unframed(message) : frame(message, framing);
  }

  #makeHead(): MessageHead {
    const { format, hostname } = this.#settings;
    return loadParts().messageHead({ format, ident: this.#ident, hostname, isUnix: this.unixsocket });
  }
}

describeHandler(SysLogHandler, SYSLOG_SPEC, { together: syslogSettings });
