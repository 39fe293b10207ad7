/** The ids a request brings along, checked before they are trusted. */
import { randomUUID } from 'node:crypto';
import { activeSpan } from '../core/active-span';

/** Printable, without quotes, spaces or separators that a log line or a header could be forged with. */
const REQUEST_ID = /^[\w.:+/=@~-]{1,128}$/;
/** W3C Trace Context, section 3.2: version, trace id, parent id, flags; all zeros are invalid. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(?:-|$)/;

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

/** Trace and span of a `traceparent` header; nothing if it is malformed, as the specification asks. */
export function traceFrom(traceparent: string | string[] | undefined): RequestIds {
  const match = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent) : null;
  const [, traceId, parentSpanId] = match ?? [];
  return traceId === undefined || parentSpanId === undefined ? {} : { traceId, parentSpanId };
}

/** Headers that carry a request's ids to the services it calls. */
export type OutgoingHeaders = Readonly<Record<string, string>>;

/**
 * The trace is handed on as it came in (W3C Trace Context, section 2.3: who adds no span of its own must not change it),
 * and only if it is well-formed. What is kept for that are strings, not the request. Under a span of OpenTelemetry the trace
 * is left to its propagation: that of fetch adds a second `traceparent`, and whoever gets two has to ignore both.
 */
export function outgoingHeaders(
  inbound: Headers,
  header: string | false,
  { requestId, traceId }: RequestIds,
): () => OutgoingHeaders {
  const { traceparent, tracestate } = traceId === undefined ? {} : inbound;
  const trace = {
    ...(typeof traceparent === 'string' ? { traceparent } : {}),
    ...(typeof tracestate === 'string' ? { tracestate } : {}),
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
