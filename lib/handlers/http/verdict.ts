/** What a server's answer means for the records that were sent. */

/** A server that names a day in another century must not stop the delivery for good; one hour, in ms. */
const LONGEST_MS = 3_600_000;

/**
 * The wait in ms that a Retry-After header asks for (RFC 9110, 10.2.3), in seconds or as a date; undefined when it is neither.
 *
 * @param now - ms since the epoch
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, LONGEST_MS);
  // Date.parse alone would read '1.5' as a day in January.
  if (!/^[A-Za-z]{3,}, ?\d/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.min(Math.max(at - now, 0), LONGEST_MS);
}

/** The part of an answer that decides, with the beginning of its body for the report. */
export interface HttpReply {
  readonly status: number;
  readonly statusText: string;
  readonly retryAfter: string | undefined;
  readonly location: string | undefined;
  /** First characters of the body, on one line. */
  readonly text: string;
}

/**
 * - `taken`: the server has the records.
 * - `again`: it may take them later.
 * - `refused`: it never will; `divide` says that fewer or smaller records might fare better.
 */
export type Verdict =
  | { readonly kind: 'taken' }
  | { readonly kind: 'again'; readonly why: string; readonly afterMs: number | undefined }
  | {
      readonly kind: 'refused';
      readonly why: string;
      readonly divide: 'too large' | 'one is bad' | undefined;
    };

/** Not about the records: the server timed out, is too early or has too much to do. Every 5xx is of the same kind. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);
const TOO_LARGE = 413;
/** A body of several records is refused although perhaps only one of them is malformed. */
const ABOUT_THE_BODY: ReadonlySet<number> = new Set([400, 422]);

function sentence(reply: HttpReply): string {
  const target = reply.location === undefined ? '' : ` to ${reply.location} (redirects are not followed)`;
  const text = reply.text === '' ? '' : `: ${reply.text}`;
  return `the server answered ${reply.status} ${reply.statusText}`.trimEnd() + target + text;
}

function divisionOf(status: number): 'too large' | 'one is bad' | undefined {
  if (status === TOO_LARGE) return 'too large';
  return ABOUT_THE_BODY.has(status) ? 'one is bad' : undefined;
}

/** @param now - ms since the epoch, for a Retry-After that is a date */
export function verdictOn(reply: HttpReply, now: number): Verdict {
  const { status } = reply;
  if (status >= 200 && status < 300) return { kind: 'taken' };
  if (status >= 500 || PASSING.has(status)) {
    return { kind: 'again', why: sentence(reply), afterMs: retryAfterMs(reply.retryAfter, now) };
  }
  return { kind: 'refused', why: sentence(reply), divide: divisionOf(status) };
}
