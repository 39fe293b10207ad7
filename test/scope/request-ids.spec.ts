/** The ids that a request brings along, and which of them are trusted. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { spans } from '../../lib/core/active-span';
import { outgoingHeaders, requestIdFrom, requestIds, traceFrom } from '../../lib/scope/request-ids';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('requestIdFrom', () => {
  it.each(['a', 'req-1', '7f3c:42/a+b=', 'x'.repeat(128), 'user@host~1'])('takes over %s', (id) => {
    expect(requestIdFrom(id)).toBe(id);
  });

  it.each([
    ['nothing', undefined],
    ['an empty one', ''],
    ['one with CR and LF', 'a\r\nset-cookie: x=1'],
    ['one that ends with a line feed', 'abc\n'],
    ['one of 10 kB', 'x'.repeat(10_240)],
    ['one of 129 characters', 'x'.repeat(129)],
    ['one with a quote', 'a"b'],
    ['one with a space', 'a b'],
    ['one that is not ASCII', 'é'],
    ['two of them', ['a', 'b']],
  ])('makes a new one for %s', (_what, inbound) => {
    expect(requestIdFrom(inbound)).toMatch(UUID);
  });
});

describe('traceFrom', () => {
  it('reads trace and span of a valid traceparent', () => {
    expect(traceFrom(`00-${TRACE}-${SPAN}-01`)).toEqual({ traceId: TRACE, parentSpanId: SPAN });
  });

  it('reads a later version that has more fields', () => {
    expect(traceFrom(`01-${TRACE}-${SPAN}-01-extra`)).toEqual({ traceId: TRACE, parentSpanId: SPAN });
  });

  it.each([
    ['nothing', undefined],
    ['version ff', `ff-${TRACE}-${SPAN}-01`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['a short trace', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['no flags', `00-${TRACE}-${SPAN}`],
    ['version 00 with a tail of 8 KB', `00-${TRACE}-${SPAN}-01-${'x'.repeat(8192)}`],
    ['version 00 that ends with a dash', `00-${TRACE}-${SPAN}-01-`],
    ['version 00 that ends with a line feed', `00-${TRACE}-${SPAN}-01\n`],
    ['a later version that goes on without a dash', `01-${TRACE}-${SPAN}-01extra`],
    ['a later version that ends with a line feed', `cc-${TRACE}-${SPAN}-01\n`],
    ['two headers', [`00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-01`]],
  ])('ignores %s', (_what, header) => {
    expect(traceFrom(header)).toEqual({});
  });
});

describe('requestIds', () => {
  it('reads the configured header whatever the case of its name', () => {
    expect(requestIds({ 'x-correlation-id': 'c-1' }, 'X-Correlation-Id')).toEqual({ requestId: 'c-1' });
  });

  it('joins the request id and the trace', () => {
    const headers = { 'x-request-id': 'r-1', traceparent: `00-${TRACE}-${SPAN}-01` };

    expect(requestIds(headers, 'x-request-id')).toEqual({
      requestId: 'r-1',
      traceId: TRACE,
      parentSpanId: SPAN,
    });
  });

  it('leaves the request id out when it is switched off', () => {
    expect(requestIds({ 'x-request-id': 'r-1' }, false)).toEqual({});
  });
});

describe('outgoingHeaders', () => {
  const traced = { traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: 'vendor=x' };

  it('carries the request id under its header, and the trace as it came in', () => {
    const headers = outgoingHeaders(traced, 'X-Request-Id', { requestId: 'r-1', traceId: TRACE });

    expect(headers()).toEqual({ 'X-Request-Id': 'r-1', ...traced });
  });

  it('carries no trace that is malformed', () => {
    const inbound = { traceparent: 'nonsense\r\nset-cookie: x=1', tracestate: 'vendor=x' };

    expect(outgoingHeaders(inbound, false, traceFrom(inbound.traceparent))()).toEqual({});
  });

  it.each([
    ['00', '03', `00-${TRACE}-${SPAN}-03`, ''],
    ['01', '03', `00-${TRACE}-${SPAN}-01`, `-${'x'.repeat(8192)}`],
    ['cc', 'fe', `00-${TRACE}-${SPAN}-00`, '-a\r\nset-cookie: x=1'],
    ['fe', '01', `00-${TRACE}-${SPAN}-01`, ''],
  ])('hands version %s with the flags %s on as %s', (version, flags, handedOn, tail) => {
    const traceparent = `${version}-${TRACE}-${SPAN}-${flags}${tail}`;

    expect(outgoingHeaders({ traceparent }, false, traceFrom(traceparent))()).toEqual({
      traceparent: handedOn,
    });
  });

  it('carries a tracestate of 512 characters', () => {
    const tracestate = `a=${'x'.repeat(510)}`;

    expect(outgoingHeaders({ ...traced, tracestate }, false, { traceId: TRACE })()).toEqual({
      ...traced,
      tracestate,
    });
  });

  it.each([
    ['of 513 characters', `a=${'x'.repeat(511)}`],
    ['of a megabyte', `a=${'x'.repeat(1024 * 1024)}`],
    ['with CR and LF', 'a=1\r\nset-cookie: x=1'],
    ['that ends with a line feed', 'a=1\n'],
    ['with NUL', 'a=\0'],
    ['with a direction mark', 'a=\u202e1'],
  ])('carries no tracestate %s, and the traceparent all the same', (_what, tracestate) => {
    expect(outgoingHeaders({ ...traced, tracestate }, false, { traceId: TRACE })()).toEqual({
      traceparent: traced.traceparent,
    });
  });

  it('leaves the trace to OpenTelemetry where a span is active: two of them would be none', () => {
    const { read } = spans;
    onTestFinished(() => {
      spans.read = read;
    });
    const headers = outgoingHeaders(traced, 'x-request-id', { requestId: 'r-1', traceId: TRACE });

    spans.read = () => ({
      spanContext: () => ({ traceId: TRACE, spanId: SPAN }),
      isRecording: () => true,
      addEvent: () => undefined,
    });

    expect(headers()).toEqual({ 'x-request-id': 'r-1' });
  });
});
