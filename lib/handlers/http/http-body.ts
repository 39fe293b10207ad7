/** How records become the body of a request. */
import type { LogRecord } from '../../core/log-record';

/** A body of one's own, for `HTTPHandler`'s option `body`. */
export interface HTTPBody {
  /** The header Content-type, such as `application/vnd.fdo.journal`. */
  readonly contentType: string;
  /** One record; called at the log call. Text is sent as UTF-8. What it throws goes to `handleError`. */
  encode(record: LogRecord): string | Uint8Array;
  /** Written before the first record of a body. @defaultValue '' */
  readonly before?: string;
  /** Written between two records. @defaultValue '' */
  readonly between?: string;
  /** Written behind the last record. @defaultValue '' */
  readonly after?: string;
}

/** What a body consists of besides its records. */
export type BodyFrame = Pick<HTTPBody, 'contentType' | 'before' | 'between' | 'after'>;

/** The bodies that have a name. `form` is one record, as Python sends it. */
export const BODY_FRAMES = {
  form: { contentType: 'application/x-www-form-urlencoded' },
  json: { contentType: 'application/json', before: '[', between: ',', after: ']' },
  ndjson: { contentType: 'application/x-ndjson', between: '\n', after: '\n' },
} as const satisfies Readonly<Record<string, BodyFrame>>;

export type BodyName = keyof typeof BODY_FRAMES;

/** The records of one request, framed. */
export function joinBody(parts: readonly Uint8Array[], frame: BodyFrame): Buffer {
  const between = Buffer.from(frame.between ?? '');
  const pieces: Uint8Array[] = [Buffer.from(frame.before ?? '')];
  for (const [at, part] of parts.entries()) {
    if (at > 0) pieces.push(between);
    pieces.push(part);
  }
  return Buffer.concat([...pieces, Buffer.from(frame.after ?? '')]);
}
