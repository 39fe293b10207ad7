/** A record on its way through a queue. */
import { LogRecord } from '../core/log-record';

/** What the text of a record was made of, for the handlers behind the queue. */
export interface RecordParts {
  readonly message: string;
  readonly excInfo: unknown;
  readonly excText: string | undefined;
  readonly stackInfo: string | undefined;
}

/** The copy that QueueHandler makes: its message is rendered, and it holds no arguments and no exception. */
export class QueuedRecord extends LogRecord {
  /** Present when the text holds more than the message. */
  parts?: RecordParts;
  /** Name of the one handler behind the queue that is to get it. */
  to?: string;

  /** Message, exception and stack apart again, so that a handler behind the queue prints what it would without. */
  restore(): this {
    const { parts } = this;
    if (parts === undefined) return this;
    delete this.parts;
    this.msg = parts.message;
    this.message = undefined;
    this.excInfo = parts.excInfo;
    this.excText = parts.excText;
    this.stackInfo = parts.stackInfo;
    return this;
  }
}
