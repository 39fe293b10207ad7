/** How a unit of work ended, and what is told of it. */

/** What is known of a unit of work when it ends. */
export interface ScopeOutcome {
  readonly kind: ScopeKind;
  /** HTTP status sent; undefined outside HTTP. */
  readonly status: number | undefined;
  /** The first Error that the work failed with. */
  readonly error: unknown;
  /** The client left before the response was complete. */
  readonly aborted: boolean;
  readonly durationMs: number;
  /** Path of the request, without the query; the pattern of a message. */
  readonly path: string | undefined;
}

/** How the work ended; what is left out is not known. */
export interface Settlement {
  readonly status?: number | undefined;
  readonly aborted?: boolean;
  readonly path?: string | undefined;
  /** Called once with the outcome, after a dump and before the scope ends: the place for a record about the whole. */
  readonly beforeEnd?: (outcome: ScopeOutcome) => void;
}

/** A request, a message of a microservice, an event of a WebSocket gateway, or a call. */
export type ScopeKind = 'http' | 'rpc' | 'ws' | 'call';

/** What a dump was about. */
export interface DumpSummary {
  readonly kind: ScopeKind;
  /** The request, such as `GET /orders/13`, or what else failed. */
  readonly title: string;
  /** As on the dumped records: `error`, `status 503`, `level ERROR`, `slow`, … */
  readonly reason: string;
  /** The first Error of the scope, as far as it is known now. */
  readonly error: unknown;
  /** As on the dumped records. */
  readonly scope: string;
  /** The ids on the records of the scope, such as `requestId` and `traceId`. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Since the scope was opened. */
  readonly durationMs: number;
  /** Records that the dump wrote; those that had given way before are not among them. */
  readonly records: number;
}
