/** Reports records to the event log of Windows. */
import { describeHandler } from '../core/class-descriptions';
import { diagnostics } from '../core/diagnostics';
import { Handler, HANDLER_SPEC, type HandlerOptions } from '../core/handler';
import { CRITICAL, DEBUG, ERROR, INFO, VERBOSE, WARNING } from '../core/level';
import type { LogRecord } from '../core/log-record';
import { ConfigurationError } from '../errors';
import { loadPeer } from '../internal/optional-peer';
import { cutText } from '../internal/print/printed-text';
import { object, readOptions, readValues, rule, type SpecOf } from '../internal/options';
import {
  Advapi32,
  EVENT_TYPE,
  type NativeLoader,
  type EventLogApi,
  type EventLogEvent,
  type EventLogSource,
} from './event-log/advapi32';

/** Documented limit of one string of ReportEvent, in UTF-16 units. */
const LONGEST = 31_839;
/** Room for the mark of a cut, in UTF-16 units. */
const MARK = 32;

/**
 * Windows reads up to the first NUL, so a NUL is written as `\x00`; a text over the limit is cut, as Windows would refuse
 * the whole event.
 */
export function eventText(text: string): string {
  const plain = text.replaceAll('\0', '\\x00');
  return plain.length <= LONGEST ? plain : cutText(plain, LONGEST - MARK);
}

export interface NTEventLogHandlerOptions extends HandlerOptions {
  /**
   * A file whose message table holds the texts of the events: a DLL of one's own makes smaller logs.
   * @defaultValue '%SystemRoot%\\System32\\EventCreate.exe', of which each text from 1 to 1000 is the record's
   */
  readonly dllname?: string | null;
  /** The log that the source belongs to. @defaultValue 'Application' */
  readonly logtype?: string;
  /** What calls Windows; with it, the handler works on every system. @defaultValue advapi32.dll, through koffi */
  readonly api?: EventLogApi;
}

const EVENT_CREATE = '%SystemRoot%\\System32\\EventCreate.exe';
/** A backslash would make a key below the key; a NUL ends a string of Windows. */
// oxlint-disable-next-line no-control-regex -- NUL ends a string of Windows
const NOT_IN_A_NAME = /[\\\0]/;

function nameOf(value: unknown): string | undefined {
  const isName =
    typeof value === 'string' && value !== '' && value.length <= 255 && !NOT_IN_A_NAME.test(value);
  return isName ? value : undefined;
}

const NAME = 'a name of 1 to 255 characters without backslash';
const NT_EVENT_LOG_ARGUMENTS = { appname: rule(NAME, nameOf, { required: true }) };

const NT_EVENT_LOG_SPEC = {
  ...HANDLER_SPEC,
  dllname: rule(
    'the path of a file',
    // As in Python, an empty name is none.
    (value) => (typeof value === 'string' && !value.includes('\0') ? value || EVENT_CREATE : undefined),
    { fallback: EVENT_CREATE },
  ),
  logtype: rule(NAME, nameOf, { fallback: 'Application' }),
  api: object<EventLogApi>('an object with the functions of EventLogApi', {
    otherwise: 'advapi32.dll, through koffi',
  }),
} satisfies SpecOf<NTEventLogHandlerOptions>;

/** ERROR_ACCESS_DENIED: only an administrator may add a source. */
const ACCESS_DENIED = 5;

function windowsApi(owner: string): EventLogApi {
  if (process.platform !== 'win32') {
    throw new ConfigurationError(
      `${owner}: there is no event log on ${process.platform}; give an "api", or add the handler on Windows only.`,
    );
  }
  return new Advapi32(loadPeer('koffi', owner) as NativeLoader);
}

/**
 * Ports logging.handlers.NTEventLogHandler (CPython 3.14). At construction the source is added to the registry; without
 * the rights to do so, an existing source is used. Needs the package `koffi`.
 *
 * Differs:
 * - On another system than Windows, or without koffi, construction fails; Python prints a line and loses every record.
 * - The default message file is the one of Windows' eventcreate, as there is no pywin32.
 * - The source is registered with the first record and deregistered at close; Python does both for each record.
 * - VERBOSE is information; Python does not have the level.
 * - A NUL is written as `\x00` and a text over 31 839 characters is cut; Windows would end the text, or refuse the event.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` if an option is wrong, on another system than Windows, or if the registry
 * fails for another reason than access denied; `ERR_LOG_MISSING_PEER` without koffi.
 */
export class NTEventLogHandler extends Handler {
  readonly appname: string;
  readonly dllname: string;
  readonly logtype: string;
  /** Event type by level number; a level of your own gets its entry here. */
  readonly typemap = new Map<number, number>([
    [VERBOSE, EVENT_TYPE.information],
    [DEBUG, EVENT_TYPE.information],
    [INFO, EVENT_TYPE.information],
    [WARNING, EVENT_TYPE.warning],
    [ERROR, EVENT_TYPE.error],
    [CRITICAL, EVENT_TYPE.error],
  ]);
  /** For levels that are not in `typemap`. */
  deftype: number = EVENT_TYPE.error;
  readonly #api: EventLogApi;
  #handle: unknown;
  #registered = false;

  constructor(appname: string, options: NTEventLogHandlerOptions = {}) {
    const owner = new.target.name;
    const settings = readOptions(NT_EVENT_LOG_SPEC, options, new.target);
    readValues(NT_EVENT_LOG_ARGUMENTS, { appname }, new.target);
    const source = { name: appname, log: settings.logtype, messageFile: settings.dllname };
    const api = settings.api ?? windowsApi(owner);
    addSource(owner, api, source);
    super(options);
    this.appname = source.name;
    this.logtype = source.log;
    this.dllname = source.messageFile;
    this.#api = api;
  }

  /** Number of the text in the message file. */
  getMessageID(_record: LogRecord): number {
    return 1;
  }

  getEventCategory(_record: LogRecord): number {
    return 0;
  }

  getEventType(record: LogRecord): number {
    return this.typemap.get(record.levelno) ?? this.deftype;
  }

  override emit(record: LogRecord): void {
    const event = {
      id: this.getMessageID(record),
      category: this.getEventCategory(record),
      type: this.getEventType(record),
      strings: [eventText(this.format(record))],
    };
    this.#report(event);
    // A record after close is reported, and leaves no source registered.
    if (this.closed) this.#deregister();
  }

  /** The registry keeps the source: without it the event viewer could not show the records. */
  override close(): void | Promise<void> {
    const error = this.#release();
    if (error !== undefined) {
      diagnostics.report({ source: this.describe(), what: 'the source was not deregistered', error });
    }
    return super.close();
  }

  #report(event: EventLogEvent): void {
    if (!this.#registered) this.#handle = this.#api.register(this.appname);
    this.#registered = true;
    try {
      this.#api.report(this.#handle, event);
    } catch (error) {
      // The handle may be invalid: the next record gets a new one.
      void this.#release();
      throw error;
    }
  }

  /** Returns the error, if there is one. */
  #release(): unknown {
    try {
      this.#deregister();
      return undefined;
    } catch (error) {
      return error;
    }
  }

  #deregister(): void {
    if (!this.#registered) return;
    this.#registered = false;
    this.#api.deregister(this.#handle);
  }
}

function addSource(owner: string, api: EventLogApi, source: EventLogSource): void {
  try {
    api.addSource?.(source);
  } catch (cause) {
    if (
      typeof cause === 'object' &&
      cause !== null &&
      'winerror' in cause &&
      cause.winerror === ACCESS_DENIED
    )
      return;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigurationError(
      `${owner}: cannot add the source "${source.name}" to the registry: ${why}.`,
      { cause },
    );
  }
}

describeHandler(NTEventLogHandler, NT_EVENT_LOG_SPEC, { arguments: NT_EVENT_LOG_ARGUMENTS });
