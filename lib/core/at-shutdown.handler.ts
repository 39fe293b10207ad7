/** Stands among the open handlers for something that is no handler, so that shutdown() ends it in its turn. */
import { Handler } from './handler';
import type { LogRecord } from './log-record';

/** What is ended with the handlers. */
export interface AtShutdown {
  /** Who it is in a report. */
  describe(): string;
  close(): void | Promise<void>;
  /** What can be done without the event loop, as the process ends. */
  flushSync?(): void;
}

/** Newest first is the order of closing: make it after the handlers that its subject needs. Hold it: the list does not. */
export class AtShutdownHandler extends Handler {
  readonly #subject: AtShutdown;

  constructor(subject: AtShutdown) {
    super();
    this.#subject = subject;
  }

  override emit(_record: LogRecord): void {}

  override flushSync(): void {
    this.#subject.flushSync?.();
  }

  override async close(): Promise<void> {
    if (this.closed) return;
    void super.close();
    await this.#subject.close();
  }

  /** Leaves the list without closing the subject, which has ended by itself. */
  dismiss(): void {
    void super.close();
  }

  override describe(): string {
    return this.#subject.describe();
  }
}
