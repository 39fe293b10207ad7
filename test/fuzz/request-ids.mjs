/** Incoming ids are accepted only if they are well-formed, and only well-formed ids are sent to other services. */
import { built } from './built.mjs';
import { literal, text } from './random.mjs';

const { idFields, inboundIds, outgoingHeaders } = built('scope/ids');

const REQUEST_ID = /^[\x21-\x7e]{1,256}$/;

/** Parses a `traceparent` part by part (W3C Trace Context, section 3.2). */
function isTraceparent(value) {
  if (typeof value !== 'string') return false;
  const [version = '', trace = '', parent = '', flags = '', ...rest] = value.split('-');
  const hex = (part, length) =>
    part.length === length && [...part].every((c) => '0123456789abcdef'.includes(c));
  const some = (part) => [...part].some((c) => c !== '0');
  if (!hex(version, 2) || version === 'ff' || !hex(flags, 2)) return false;
  // Version 00 has four parts; a higher version may have more.
  if (version === '00' && rest.length > 0) return false;
  return hex(trace, 32) && hex(parent, 16) && some(trace) && some(parent);
}

/** An outgoing `traceparent` has no unknown fields. */
function isSameTrace(value, { traceId, parentSpanId }) {
  return value.length === 55 && isTraceparent(value) && value.includes(`-${traceId}-${parentSpanId}-`);
}

function traceparent(random) {
  const hex = (length) => Array.from({ length }, () => random.pick('0123456789abcdef')).join('');
  const parts = [
    random.pick(['00', '01', 'cc', 'ff', '0', '000', 'FF']),
    random.pick([hex(32), hex(31), '0'.repeat(32), hex(32).toUpperCase()]),
    random.pick([hex(16), hex(17), '0'.repeat(16)]),
    random.pick(['00', '01', 'ff', '1', 'xx']),
  ];
  if (random.chance(0.2)) parts.push(random.pick([text(random), 'x'.repeat(8192), '']));
  const whole = parts.join('-');
  return random.chance(0.1) ? whole + random.pick(['\n', ' ', '\0', '😀']) : whole;
}

function header(random, make) {
  if (random.chance(0.1)) return 'undefined';
  const one = literal(random.chance(0.8) ? make(random) : text(random));
  return random.chance(0.1) ? `[${one}, ${one}]` : one;
}

export const requestIds = {
  name: 'request-ids',

  make(random) {
    const id = () =>
      random.pick(['abc-123', 'a'.repeat(256), 'a'.repeat(257), 'a b', 'x/1;o=1', 'Root=1-67891233-abcdef']);
    const state = () => random.pick(['a=1', 'a=1,b=2', `a=${'x'.repeat(505)}`, `a=${'x'.repeat(600)}`]);
    return (
      `{ name: ${random.pick(['"x-request-id"', '"X-Request-ID"', 'false'])}, headers: { "x-request-id": ${header(random, id)}, ` +
      `traceparent: ${header(random, traceparent)}, tracestate: ${header(random, state)} } }`
    );
  },

  check({ name, headers }) {
    const inbound = inboundIds({ headers }, name);
    const ids = idFields(inbound);
    if (name !== false && !REQUEST_ID.test(ids.requestId ?? '')) return `the request id is ${ids.requestId}`;
    if ((ids.traceId !== undefined) !== isTraceparent(headers.traceparent))
      return `the trace id is ${ids.traceId} of ${JSON.stringify(headers.traceparent)?.slice(0, 100)}`;
    if ((ids.traceId === undefined) !== (ids.parentSpanId === undefined))
      return 'half of a trace is taken over';
    const out = outgoingHeaders(inbound);
    const bad = Object.entries(out).find(([, value]) => !/^[\t\x20-\x7e\x80-\xff]*$/.test(value));
    if (bad !== undefined) return `the header ${bad[0]} cannot be sent`;
    if (out.traceparent !== undefined && !isSameTrace(out.traceparent, ids))
      return `traceparent is handed on as ${out.traceparent.slice(0, 100)}`;
    if ((out.tracestate?.length ?? 0) > 512)
      return `tracestate of ${out.tracestate.length} characters is handed on`;
    return undefined;
  },
};
