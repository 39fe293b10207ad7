/** The active OpenTelemetry span of a log call, if the OpenTelemetry API is installed. */
import { loadPeer } from '../internal/optional-peer';
import { diagnostics, loggingSettings } from './diagnostics';
import type { LogRecord } from './log-record';

const API = '@opentelemetry/api';
/** W3C Trace Context, section 3.2.2.3: all zeros mean no trace. */
const NO_TRACE = /^0*$/;

/** The subset of a span that we need. */
export interface ActiveSpan {
  spanContext(): { readonly traceId: string; readonly spanId: string };
  isRecording(): boolean;
  addEvent(name: string, attributes: Readonly<Record<string, string | number>>): unknown;
}

interface Api {
  readonly trace: { getActiveSpan(): ActiveSpan | undefined };
}

type Ids = Readonly<Record<string, unknown>>;

interface SpanSlot {
  /** Undefined when it is known that the API is not installed. */
  read: (() => ActiveSpan | undefined) | undefined;
  /** Cached ids, since records of one span and scope come together. */
  last: { span: ActiveSpan; fields: Ids | undefined; ids: Ids | undefined } | undefined;
}

function isMissing(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ERR_LOG_MISSING_PEER';
}

/** The first call loads the API, so that a program that logs nothing does not load it. */
function loadAndRead(): ActiveSpan | undefined {
  spans.read = undefined;
  try {
    const { trace } = loadPeer(API, 'logging') as Api;
    spans.read = () => trace.getActiveSpan();
    return trace.getActiveSpan();
  } catch (error) {
    if (!isMissing(error)) giveUp(error);
    return undefined;
  }
}

function giveUp(error: unknown): void {
  spans.read = undefined;
  diagnostics.report({ source: API, what: 'records get no span ids any more', error });
}

/** Read by every log call. `read` is undefined if the API is not installed. */
export const spans: SpanSlot = { read: loadAndRead, last: undefined };

/** Returns the active span, or undefined: no span is active, the API is not installed, or it is disabled. Never throws. */
export function activeSpan(): ActiveSpan | undefined {
  if (spans.read === undefined || !loggingSettings.openTelemetry) return undefined;
  try {
    return spans.read();
  } catch (error) {
    giveUp(error);
    return undefined;
  }
}

function idsOf(fields: Ids | undefined, span: ActiveSpan): Ids | undefined {
  const { traceId, spanId } = span.spanContext();
  return NO_TRACE.test(traceId) ? undefined : { ...fields, traceId, spanId };
}

/** Adds the ids of the active span, or else of `fallback`, to a record and its scope's ids. */
export function stampSpan(record: LogRecord, fallback?: ActiveSpan): void {
  stampWith(record, activeSpan() ?? fallback);
}

/** Adds the ids of a span to a record and its scope's ids. */
export function stampWith(record: LogRecord, span: ActiveSpan | undefined): void {
  if (span === undefined) return;
  const fields = record.context?.fields;
  let { last } = spans;
  if (last === undefined || last.span !== span || last.fields !== fields) {
    try {
      last = spans.last = { span, fields, ids: idsOf(fields, span) };
    } catch (error) {
      return giveUp(error);
    }
  }
  if (last.ids !== undefined) record.ids = last.ids;
}
