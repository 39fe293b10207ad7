/** What NTEventLogHandler asks of Windows: an interface, so that it can be tested, and replaced, elsewhere. */

/** Type of an event: the values of winnt.h. */
export const EVENT_TYPE = { error: 1, warning: 2, information: 4 } as const;

/** One event of the log. */
export interface EventLogEvent {
  /** A value of `EVENT_TYPE`: what the viewer shows as the event's level. */
  readonly type: number;
  /** 0 is no category; others are numbers of the message file. */
  readonly category: number;
  /** Number of the text in the message file; `%1` in that text is the first of `strings`. */
  readonly id: number;
  /** Without NUL characters, each at most 31 839 UTF-16 units. */
  readonly strings: readonly string[];
}

/** Where the event viewer finds the texts of a source. */
export interface EventLogSource {
  /** Name of the source: the application. */
  readonly name: string;
  /** The log it belongs to, such as `Application`. */
  readonly log: string;
  /** A file with a message table; variables such as `%SystemRoot%` are expanded. */
  readonly messageFile: string;
}

/** Each method throws when Windows refuses; `winerror` of the error, if it has one, is Windows' number for the reason. */
export interface EventLogApi {
  /** Writes the source into the registry, which needs the rights of an administrator. Left out: it is there already. */
  addSource?(source: EventLogSource): void;
  /** RegisterEventSource: the handle that events are reported to. */
  register(source: string): unknown;
  /** ReportEvent. */
  report(handle: unknown, event: EventLogEvent): void;
  /** DeregisterEventSource. */
  deregister(handle: unknown): void;
}
