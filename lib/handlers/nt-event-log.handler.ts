/** Writes records to the Windows event log. */
import { describeHandler } from '../core/class-descriptions';
import { diagnostics } from '../core/diagnostics';
import { Handler, HANDLER_SPEC, type HandlerOptions } from '../core/handler';
import { CRITICAL, DEBUG, ERROR, INFO, VERBOSE, WARNING } from '../core/level';
import type { LogRecord } from '../core/log-record';
import { ConfigurationError } from '../errors';
import { lazy } from '../internal/lazy';
import { loadPeer } from '../internal/optional-peer';
import { cutText } from '../internal/print/printed-text';
import { object, readOptions, readValues, rule, type SpecOf } from '../internal/options';
import type { EventLogApi, EventLogEvent, EventLogSource, NativeLoader } from './event-log/advapi32';

const loadApi = lazy(() => require('./event-log/advapi32') as typeof import('./event-log/advapi32'));

/** Type of an event: the values of winnt.h. */
const EVENT_TYPE = { error: 1, warning: 2, information: 4 } as const;

/** Documented limit of a string for ReportEvent, in UTF-16 units. */
const LONGEST = 31_839;
/** Space for the marker of a cut, in UTF-16 units. */
const MARK = 32;

/**
 * Replaces NUL with `\x00`, since Windows stops reading at the first NUL. Cuts a text over the limit, since Windows would
 * refuse the whole event.
 */
export function eventText(text: string): string {
  const plain = text.replaceAll('\0', '\\x00');
  return plain.length <= LONGEST ? plain : cutText(plain, LONGEST - MARK);
}

export interface NTEventLogHandlerOptions extends HandlerOptions {
  /**
   * A file with a message table for the texts of the events. Your own DLL makes the logs smaller.
   * @defaultValue '%SystemRoot%\\System32\\EventCreate.exe', where messages 1 to 1000 only contain the record's text
   */
  readonly dllname?: string | null;
  /** The log that the source belongs to. @defaultValue 'Application' */
  readonly logtype?: string;
  /** Implementation of the Windows functions. With your own, any system works. @defaultValue advapi32.dll, through koffi */
  readonly api?: EventLogApi;
}

const EVENT_CREATE = '%SystemRoot%\\System32\\EventCreate.exe';
/** A backslash in a name would create a registry subkey. A NUL ends a string in Windows. */
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
    // As in Python, an empty name means the default.
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
  return new (loadApi().Advapi32)(loadPeer('koffi', owner) as NativeLoader);
}

/**
 * Ports logging.handlers.NTEventLogHandler (CPython 3.14). The constructor adds the source to the registry. Without the
 * permission to do so, an existing source is used. Needs the package `koffi`.
 *
 * Differs:
 * - On other systems than Windows, or without koffi, the constructor throws. Python prints a line and loses every record.
 * - The default message file is EventCreate.exe of Windows, since there is no pywin32.
 * - The source is registered at the first record and deregistered at close. Python does both for each record.
 * - VERBOSE is an information event. Python does not have this level.
 * - A NUL is written as `\x00`, and a text over 31 839 characters is cut. Windows would end the text, or refuse the event.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` if an option is invalid, on other systems than Windows, or if the registry
 * returns another error than access denied; `ERR_LOG_MISSING_PEER` without koffi.
 */
export class NTEventLogHandler extends Handler {
  readonly appname: string;
  readonly dllname: string;
  readonly logtype: string;
  /** Event type by level number. Add your own levels here. */
  readonly typemap = new Map<number, number>([
    [VERBOSE, EVENT_TYPE.information],
    [DEBUG, EVENT_TYPE.information],
    [INFO, EVENT_TYPE.information],
    [WARNING, EVENT_TYPE.warning],
    [ERROR, EVENT_TYPE.error],
    [CRITICAL, EVENT_TYPE.error],
  ]);
  /** Event type of levels that are not in `typemap`. */
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

  /** Returns the number of the text in the message file. */
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
    // After close, the source must not stay registered.
    if (this.closed) this.#deregister();
  }

  /** Does not remove the source from the registry, since the event viewer needs it to show the records. */
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
      // The handle may be invalid, so the next record gets a new one.
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
