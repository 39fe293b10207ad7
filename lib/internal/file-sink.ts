/** A file as a handler's stream. */
import type { AppendBatch } from './append-batch';
import type { AppendFile } from './append-file';

/** Written to synchronously: at once, or through a batch. */
export class FileSink {
  readonly file: AppendFile;
  /** Undefined when each record is written at once. */
  batch: AppendBatch | undefined;
  /** Called with each text before it is written: the moment to change the file. */
  beforeWrite: ((text: string) => void) | undefined;
  /** Called before what waits in the batch is written: the moment to follow a file that was moved. */
  beforeFlush: (() => void) | undefined;

  constructor(file: AppendFile) {
    this.file = file;
  }

  get name(): string {
    return this.file.path;
  }

  write(text: string): void {
    if (this.beforeWrite !== undefined) this.beforeWrite(text);
    if (this.batch === undefined) this.file.write(text);
    else this.batch.add(this.file.prepare(text));
  }
}
