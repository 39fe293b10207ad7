/** A file as a handler's stream. */
import type { AppendBatch } from './append-batch';
import type { AppendFile } from './append-file';

/** Written to synchronously: at once, or through a batch. */
export class FileSink {
  readonly file: AppendFile;
  /** Undefined when each record is written at once. */
  batch: AppendBatch | undefined;

  constructor(file: AppendFile) {
    this.file = file;
  }

  get name(): string {
    return this.file.path;
  }

  write(text: string): void {
    if (this.batch === undefined) this.file.write(text);
    else this.batch.add(this.file.prepare(text));
  }
}
