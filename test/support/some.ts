/** Default values for tests, which set only the fields that matter to them. */
import { INFO } from '../../lib/core/level';
import type { LogRecord } from '../../lib/core/log-record';
import { makeLogRecord } from '../../lib/core/record-factory';

export interface SomeRecord {
  readonly name?: string;
  readonly levelno?: number;
  readonly message?: unknown;
  readonly args?: readonly unknown[];
  readonly error?: unknown;
  readonly extra?: Readonly<Record<string, unknown>>;
  /** Seconds since the epoch. */
  readonly created?: number;
}

function record(fields: SomeRecord = {}): LogRecord {
  const made = makeLogRecord({
    name: fields.name ?? 'shop.orders',
    levelno: fields.levelno ?? INFO,
    msg: 'message' in fields ? fields.message : 'order placed',
    args: fields.args ?? [],
  });
  if (fields.created !== undefined) made.created = fields.created;
  if (fields.error !== undefined) made.excInfo = fields.error;
  if (fields.extra !== undefined) made.extra = fields.extra;
  return made;
}

export const some = { record };
