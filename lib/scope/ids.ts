/** The ids a request brings along, checked before they are trusted. */
import { randomUUID } from 'node:crypto';
import { types } from 'node:util';
import { activeSpan } from '../core/active-span';
import { diagnostics } from '../core/diagnostics';
import type { RequestIdOption, ScopeRequest } from './options';

/**
 * What the ids of AWS, Google Cloud and Azure consist of, as they come in their headers; no quotes, spaces, brackets or
 * control characters, which could forge a line or a header. AWS Lambda's trace header has about 130 characters.
 */
const REQUEST_ID = /^[\w.:+/=@~;|,#-]{1,256}$/;
/** The header of an id that no header brought along. */
const DEFAULT_HEADER = 'x-request-id';
/** W3C Trace Context, section 3.2: version (`ff` is invalid), trace id, parent id, flags; all zeros are invalid. */
const TRACEPARENT = /^((?!ff)[0-9a-f]{2})-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})(-|$)/;
/** Section 3.3.1.5 asks for 512 characters; list members are printable ASCII (3.3.1.3). */
const TRACESTATE = /^[\x20-\x7e]{1,512}$/;

/**
 * As they are printed on records: `traceId` has 32 hexadecimal digits, `parentSpanId`, the span of the caller, 16.
 */
export type RequestIds = Readonly<Partial<Record<'requestId' | 'traceId' | 'parentSpanId', string>>>;

/** The inbound id if it is well-formed, else a new random one. */
export function requestIdFrom(inbound: unknown): string {
  return typeof inbound === 'string' && REQUEST_ID.test(inbound) ? inbound : randomUUID();
}

/** Not the value: it may be a client's, or a secret. */
function reportBadId(what: string, error?: unknown): void {
  diagnostics.report({
    source: 'request ids',
    what: `the function "requestId" ${what}; a new id is made`,
    error,
  });
}

/** Undefined says that the request has none. Whatever else is no id is reported, and never fails the request. */
function requestIdBy(ask: (request: ScopeRequest) => unknown, request: ScopeRequest): string {
  let given: unknown;
  try {
    given = ask(request);
  } catch (error) {
    reportBadId('threw', error);
    return randomUUID();
  }
  const id = requestIdFrom(given);
  if (given === undefined || id === given) return id;
  // It would end the process.
  if (types.isPromise(given)) given.catch(() => undefined);
  reportBadId(`must return 1 to 256 characters out of A-Z a-z 0-9 . _ : + / = @ ~ ; | , # -, or undefined`);
  return id;
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

/** What is kept of the ids that came along. Texts only: a scope outlives its request. */
export interface InboundIds {
  /** The header in which the id goes out; false where there is none. */
  readonly header: string | false;
  readonly requestId: string | undefined;
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
}

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
 * and only if it is well-formed: a `tracestate` that is too long or has control characters is left out. Under a span of
 * OpenTelemetry the trace is left to its propagation: that of fetch adds a second `traceparent`, and whoever gets two has
 * to ignore both.
 */
export function outgoingHeaders({ header, requestId, traceparent, tracestate }: InboundIds): OutgoingHeaders {
  const headers: Record<string, string> = {};
  if (header !== false && requestId !== undefined) headers[header] = requestId;
  const parent = traceparent === undefined ? undefined : handedOn(traceparent);
  if (parent === undefined || activeSpan() !== undefined) return headers;
  headers['traceparent'] = parent;
  if (tracestate !== undefined && TRACESTATE.test(tracestate)) headers['tracestate'] = tracestate;
  return headers;
}

/** The ids as fields of records. */
export function idFields({ requestId, traceparent }: InboundIds): RequestIds {
  if (traceparent === undefined) return requestId === undefined ? {} : { requestId };
  const trace = traceFrom(traceparent);
  return requestId === undefined ? trace : { requestId, ...trace };
}

function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

/** The ids that a request brings along; `option` is the option `requestId`. */
export function inboundIds(request: ScopeRequest, option: RequestIdOption): InboundIds {
  const { headers } = request;
  return {
    header: typeof option === 'function' ? DEFAULT_HEADER : option,
    requestId:
      option === false
        ? undefined
        : typeof option === 'function'
          ? requestIdBy(option, request)
          : requestIdFrom(headers[option.toLowerCase()]),
    traceparent: textOf(headers['traceparent']),
    tracestate: textOf(headers['tracestate']),
  };
}
