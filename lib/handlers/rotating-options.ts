/** The options that all rotating file handlers share. */
import { callback, number, oneOf, text, integer, type SpecOf } from '../internal/options';
import { CLOCK, type Clock } from '../internal/clock';
import { FILE_SPEC, type FileHandlerOptions } from './file.handler';

/** Returns the path of a backup for its plain path, such as `/var/log/app.log.1`. Must be a pure function. */
export type Namer = (defaultName: string) => string;
/** Moves the file, synchronously. To compress in the background, use `compress`. */
export type Rotator = (source: string, dest: string) => void;

export interface BaseRotatingHandlerOptions extends FileHandlerOptions {
  /** @defaultValue the backup keeps its plain name */
  readonly namer?: Namer;
  /** @defaultValue a rename */
  readonly rotator?: Rotator;
  /** Compress backups in the background. `.gz` is appended to the namer's result. @defaultValue off */
  readonly compress?: 'gzip';
  /** Path of a symbolic link to the current file, relative to its directory: `current.log`. @defaultValue none */
  readonly symlink?: string;
  /**
   * Check at most once in this many ms whether another process has rotated the file, and how large the file is. 0 checks
   * before every record.
   * @defaultValue 1
   */
  readonly checkIntervalMs?: number;
  /**
   * Delete backups whose last record is older than this many days. 0 deletes none. They are checked before the first record,
   * at each rotation, and once an hour while records are written.
   * @defaultValue 0
   */
  readonly maxAgeDays?: number;
  /** Delete the oldest backups until the total size is at most this many bytes. 0 deletes none. @defaultValue 0 */
  readonly maxTotalBytes?: number;
  /** @defaultValue the system's clock */
  readonly clock?: Clock;
}

export const BASE_ROTATING_SPEC = {
  ...FILE_SPEC,
  namer: callback<Namer>({ otherwise: 'the backup keeps its plain name' }),
  rotator: callback<Rotator>({ otherwise: 'a rename' }),
  compress: oneOf(['gzip']),
  symlink: text(),
  checkIntervalMs: integer(0, 1),
  maxAgeDays: number(0, 0),
  maxTotalBytes: integer(0, 0),
  clock: CLOCK,
} satisfies SpecOf<BaseRotatingHandlerOptions>;
