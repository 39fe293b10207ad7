/** Reads and checks the ids of a request. */
import { types } from 'node:util';
import { activeSpan } from '../core/active-span';
import { diagnostics } from '../core/diagnostics';
import { lazy } from '../internal/lazy';
import type { RequestIdOption, ScopeRequest } from './options';

const loadCrypto = lazy(() => require('node:crypto') as typeof import('node:crypto'));

/**
 * The characters of the ids that AWS, Google Cloud and Azure send in headers. Quotes, spaces, brackets and control characters
 * are not allowed, because they could forge a line or a header. AWS Lambda's trace header has about 130 characters.
 */
const REQUEST_ID = /^[\w.:+/=@~;|,#-]{1,256}$/;
/** The outgoing header of an id that did not come from a header. */
const DEFAULT_HEADER = 'x-request-id';
/** W3C Trace Context, section 3.2: version (`ff` is invalid), trace id, parent id, flags; all zeros are invalid. */
const TRACEPARENT = /^((?!ff)[0-9a-f]{2})-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})(-|$)/;
/** Section 3.3.1.5 asks for 512 characters; list members are printable ASCII (3.3.1.3). */
const TRACESTATE = /^[\x20-\x7e]{1,512}$/;

/** The ids on records: `traceId` has 32 hexadecimal digits, `parentSpanId` (the span of the caller) 16. */
export type RequestIds = Readonly<Partial<Record<'requestId' | 'traceId' | 'parentSpanId', string>>>;

/** The inbound id if it is well-formed, else a new random one. */
export function requestIdFrom(inbound: unknown): string {
  return typeof inbound === 'string' && REQUEST_ID.test(inbound) ? inbound : loadCrypto().randomUUID();
}

/** Does not report the value, which may come from a client or be a secret. */
function reportBadId(what: string, error?: unknown): void {
  diagnostics.report({
    source: 'request ids',
    what: `the function "requestId" ${what}; a new id is generated`,
    error,
  });
}

/** `undefined` means that the request has no id. Any other invalid result is reported and does not fail the request. */
function requestIdBy(ask: (request: ScopeRequest) => unknown, request: ScopeRequest): string {
  let given: unknown;
  try {
    given = ask(request);
  } catch (error) {
    reportBadId('threw', error);
    return loadCrypto().randomUUID();
  }
  const id = requestIdFrom(given);
  if (given === undefined || id === given) return id;
  // An unhandled rejection would end the process.
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

/** Version 00 has exactly these fields, 55 characters; a later version may have more after a dash (section 3.2.4). */
function parseTraceparent(text: string): Traceparent | undefined {
  const [, version = '', traceId = '', parentSpanId = '', flags = '', next] = TRACEPARENT.exec(text) ?? [];
  if (next === undefined || (version === '00' && next !== '')) return undefined;
  return { version, traceId, parentSpanId, flags };
}

/** Trace and span of a `traceparent` header; empty if it is malformed, as the specification requires. */
export function traceFrom(traceparent: string | string[] | undefined): RequestIds {
  const parsed = typeof traceparent === 'string' ? parseTraceparent(traceparent) : undefined;
  return parsed === undefined ? {} : { traceId: parsed.traceId, parentSpanId: parsed.parentSpanId };
}

/** Headers with the ids of a request, for calls to other services. */
export type OutgoingHeaders = Readonly<Record<string, string>>;

/** The ids that a scope keeps of its request. Only strings, because a scope lives longer than its request. */
export interface InboundIds {
  /** The outgoing header of the id; false if the id is not sent. */
  readonly header: string | false;
  readonly requestId: string | undefined;
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
}

/**
 * The `traceparent` to send to other services. A later version may have unknown data of any length after its flags, so it is
 * sent as version 00, as section 3.2.4 requires.
 */
function outgoingTraceparent(traceparent: string): string | undefined {
  const parsed = parseTraceparent(traceparent);
  if (parsed === undefined || parsed.version === '00') return parsed && traceparent;
  // Of the flags, only "sampled" means the same in all versions.
  const sampled = Number.parseInt(parsed.flags, 16) & 1;
  return `00-${parsed.traceId}-${parsed.parentSpanId}-0${sampled}`;
}

/**
 * A well-formed trace is sent unchanged (W3C Trace Context, section 2.3: a service that adds no span must not change it). A
 * `tracestate` that is too long or has control characters is left out. While a span of OpenTelemetry is active, its
 * instrumentation adds the `traceparent` itself, and a receiver must ignore a request with two of them.
 */
export function outgoingHeaders({ header, requestId, traceparent, tracestate }: InboundIds): OutgoingHeaders {
  const headers: Record<string, string> = {};
  if (header !== false && requestId !== undefined) headers[header] = requestId;
  const parent = traceparent === undefined ? undefined : outgoingTraceparent(traceparent);
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

/** The ids of a request; `option` is the option `requestId`. */
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
