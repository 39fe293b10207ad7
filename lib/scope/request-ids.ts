/** The ids a request brings along, checked before they are trusted. */
import { randomUUID } from 'node:crypto';
import { activeSpan } from '../core/active-span';

/** Printable, without quotes, spaces or separators that a log line or a header could be forged with. */
const REQUEST_ID = /^[\w.:+/=@~-]{1,128}$/;
/** W3C Trace Context, section 3.2: version (`ff` is none), trace id, parent id, flags; all zeros are invalid. */
const TRACEPARENT = /^((?!ff)[0-9a-f]{2})-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})(-|$)/;
/** Section 3.3.1.5 asks for 512 characters; list members are printable ASCII (3.3.1.3). */
const TRACESTATE = /^[\x20-\x7e]{1,512}$/;

export interface RequestIds {
  readonly requestId?: string;
  /** 32 hexadecimal digits */
  readonly traceId?: string;
  /** Span of the caller, 16 hexadecimal digits. */
  readonly parentSpanId?: string;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The inbound id if it is well-formed, else a new random one. */
export function requestIdFrom(inbound: string | string[] | undefined): string {
  return typeof inbound === 'string' && REQUEST_ID.test(inbound) ? inbound : randomUUID();
}

interface Traceparent {
  readonly version: string;
  readonly traceId: string;
  readonly parentSpanId: string;
  readonly flags: string;
}

/** Version 00 is these fields and nothing else, 55 characters; a later one may go on behind a dash (section 3.2.4). */
function parseTraceparent(text: string): Traceparent | undefined {
  const [, version = '', traceId = '', parentSpanId = '', flags = '', next] = TRACEPARENT.exec(text) ?? [];
  if (next === undefined || (version === '00' && next !== '')) return undefined;
  return { version, traceId, parentSpanId, flags };
}

/** Trace and span of a `traceparent` header; nothing if it is malformed, as the specification asks. */
export function traceFrom(traceparent: string | string[] | undefined): RequestIds {
  const parsed = typeof traceparent === 'string' ? parseTraceparent(traceparent) : undefined;
  return parsed === undefined ? {} : { traceId: parsed.traceId, parentSpanId: parsed.parentSpanId };
}

/** Headers that carry a request's ids to the services it calls. */
export type OutgoingHeaders = Readonly<Record<string, string>>;

/**
 * The `traceparent` to hand on. What a later version has behind its flags is not known here and may have any length, so
 * that one is written as version 00, as section 3.2.4 asks.
 */
function handedOn(traceparent: string): string | undefined {
  const parsed = parseTraceparent(traceparent);
  if (parsed === undefined || parsed.version === '00') return parsed && traceparent;
  // Of the flags, only "sampled" means the same in all versions.
  const sampled = Number.parseInt(parsed.flags, 16) & 1;
  return `00-${parsed.traceId}-${parsed.parentSpanId}-0${sampled}`;
}

/**
 * The trace is handed on as it came in (W3C Trace Context, section 2.3: who adds no span of its own must not change it),
 * and only if it is well-formed: a `tracestate` that is too long or has control characters is left out. What is kept for that are strings, not the request. Under a span of OpenTelemetry the trace
 * is left to its propagation: that of fetch adds a second `traceparent`, and whoever gets two has to ignore both.
 */
export function outgoingHeaders(
  inbound: Headers,
  header: string | false,
  { requestId, traceId }: RequestIds,
): () => OutgoingHeaders {
  const { traceparent, tracestate } = traceId === undefined ? {} : inbound;
  const parent = typeof traceparent === 'string' ? handedOn(traceparent) : undefined;
  const trace = {
    ...(parent === undefined ? {} : { traceparent: parent }),
    ...(typeof tracestate === 'string' && TRACESTATE.test(tracestate) ? { tracestate } : {}),
  };
  const id = header === false || requestId === undefined ? {} : { [header]: requestId };
  return () => ({ ...id, ...(activeSpan() === undefined ? trace : {}) });
}

/** All ids of a request. `header` names the one of the request id; false leaves it out. */
export function requestIds(headers: Headers, header: string | false): RequestIds {
  const traceparent = headers['traceparent'];
  if (header === false) return traceFrom(traceparent);
  const requestId = requestIdFrom(headers[header.toLowerCase()]);
  return traceparent === undefined ? { requestId } : { requestId, ...traceFrom(traceparent) };
}
