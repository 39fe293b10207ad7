/** The ids that a request brings along, and which of them are trusted. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { spans } from '../../lib/core/active-span';
import { diagnostics } from '../../lib/core/diagnostics';
import {
  idFields,
  inboundIds,
  outgoingHeaders,
  requestIdFrom,
  traceFrom,
  type InboundIds,
  type RequestIds,
} from '../../lib/scope/ids';
import type { RequestIdOption, ScopeRequest } from '../../lib/scope/options';
import { capturedStderr } from '../support/captured-stderr';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

const from = (headers: ScopeRequest['headers']): ScopeRequest => ({ headers });

/** The ids that records of the request print. */
function idsOf(request: ScopeRequest, option: RequestIdOption): RequestIds {
  return idFields(inboundIds(request, option));
}

function fail(): never {
  throw new Error('no id here');
}

describe('requestIdFrom', () => {
  it.each(['a', 'req-1', '7f3c:42/a+b=', 'x'.repeat(256), 'user@host~1'])('takes over %s', (id) => {
    expect(requestIdFrom(id)).toBe(id);
  });

  // As the platforms' own pages give them.
  it.each([
    ['X-Ray', 'Root=1-67891233-abcdef012345678912345678;Parent=463ac35c9f6413ad;Sampled=1'],
    [
      'Lambda',
      'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87bd80c:1|68fd508a:5|c512fbe3:2',
    ],
    [
      'an Application Load Balancer',
      'Self=1-67891234-12456789abcdef012345678;Root=1-67891233-abcdef012345678912345678;CalledFrom=app',
    ],
    ['API Gateway', 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef'],
    ['CloudFront', 'k6WGMNkEzR5BEM_SaF47gjtX9zBDO2m349OY2an0QPEaUum1ZOLrow=='],
    ['Google Cloud', '105445aa7843bc8bf206b12000100000/1;o=1'],
    ['Azure Resource Manager', '2c5f4a6b-9d34-4a3b-8f0e-9e8d2b1c7a60'],
    ['Application Insights', '|9e74f0e5-efc4-41b5-86d1-3524a43bd891.bcec871c_1.'],
    ['Application Insights, when it had to be cut', '|9e74f0e5.1.bcec871c#'],
    ['Application Gateway', 'ac882cd65a2712a0fe1289ec2bb6aee7'],
    ['Front Door', '0zxV+XAAAAABKMMOjBv2NT4TY6SQVjC0zV1NURURHRTA2MTkANDM3YzgyY2QtMzYwYS00YTU0LTk0YzMtNWZm'],
    ['a list of several hops', 'a1,b2,c3'],
  ])('takes over that of %s as it comes', (_platform, id) => {
    expect(requestIdFrom(id)).toBe(id);
  });

  it.each([
    ['nothing', undefined],
    ['an empty one', ''],
    ['one with CR and LF', 'a\r\nset-cookie: x=1'],
    ['one that ends with a line feed', 'abc\n'],
    ['one of 10 kB', 'x'.repeat(10_240)],
    ['one of 257 characters', 'x'.repeat(257)],
    ['one with a quote', 'a"b'],
    ['one with a backslash', 'a\\b'],
    ['one with markup', '<b>'],
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

describe('inboundIds', () => {
  it('names the header of the id: as given, none where ids are off, x-request-id for a function', () => {
    const headers = ['X-Trace', false, () => 'a'].map(
      (option) => inboundIds(from({}), option as RequestIdOption).header,
    );

    expect(headers).toEqual(['X-Trace', false, 'x-request-id']);
  });

  it('keeps texts only, as a scope outlives its request', () => {
    const headers = { traceparent: ['a', 'b'], tracestate: ['c', 'd'], 'x-request-id': ['e', 'f'] };

    expect(inboundIds(from(headers), 'x-request-id')).toEqual({
      header: 'x-request-id',
      requestId: expect.stringMatching(UUID),
      traceparent: undefined,
      tracestate: undefined,
    });
  });

  it('reads the configured header whatever the case of its name', () => {
    expect(idsOf(from({ 'x-correlation-id': 'c-1' }), 'X-Correlation-Id')).toEqual({ requestId: 'c-1' });
  });

  it('calls a function with the request as it is', () => {
    const request = { ...from({ 'x-tenant': 't-7' }), url: '/orders', id: 'req-3' };
    const seen: unknown[] = [];

    const ids = idsOf(request, (given: ScopeRequest) => {
      seen.push(given);
      return `${String(given.headers['x-tenant'])}/${request.id}`;
    });

    expect(ids).toEqual({ requestId: 't-7/req-3' });
    expect(seen).toEqual([request]);
  });

  it('makes a new id, and reports nothing, when the function finds none', () => {
    const stderr = capturedStderr();

    expect(idsOf(from({}), ({ headers }) => headers['x-tenant']).requestId).toMatch(UUID);
    expect(stderr.text).toBe('');
  });

  it.each<[string, () => unknown]>([
    ['a number', () => 7],
    ['null', () => null],
    ['an object', () => ({ id: 'a' })],
    ['a list', () => ['a', 'b']],
    ['an empty text', () => ''],
    ['a text that would forge a header', () => 'a\r\nset-cookie: x=1'],
    ['a text of 257 characters', () => 'x'.repeat(257)],
    ['a promise', async () => 'a'],
    ['a promise that rejects', async () => fail()],
  ])('makes a new id, and reports it, for a function that gives %s', async (_what, make) => {
    const before = diagnostics.count('request ids');

    expect(idsOf(from({}), make as () => string).requestId).toMatch(UUID);
    // A rejection that nobody handled would fail the run.
    await new Promise(setImmediate);
    expect(diagnostics.count('request ids') - before).toBe(1);
  });

  it('makes a new id, and reports it, for a function that throws, and keeps the trace', () => {
    const before = diagnostics.count('request ids');
    const request = from({ traceparent: `00-${TRACE}-${SPAN}-01` });

    expect(idsOf(request, fail)).toEqual({
      requestId: expect.stringMatching(UUID),
      traceId: TRACE,
      parentSpanId: SPAN,
    });
    expect(diagnostics.count('request ids') - before).toBe(1);
  });

  it('does not print what came from a client when it reports it', () => {
    const stderr = capturedStderr();

    idsOf(from({ a: 'secret value' }), ({ headers }) => headers['a']);

    expect(stderr.text).not.toContain('secret');
  });

  it('joins the request id and the trace', () => {
    const headers = { 'x-request-id': 'r-1', traceparent: `00-${TRACE}-${SPAN}-01` };

    expect(idsOf(from(headers), 'x-request-id')).toEqual({
      requestId: 'r-1',
      traceId: TRACE,
      parentSpanId: SPAN,
    });
  });

  it('leaves the request id out when it is switched off', () => {
    expect(idsOf(from({ 'x-request-id': 'r-1' }), false)).toEqual({});
  });
});

describe('outgoingHeaders', () => {
  const traced = { traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: 'vendor=x' };

  function sent(inbound: Partial<InboundIds>): Readonly<Record<string, string>> {
    const none = {
      header: false,
      requestId: undefined,
      traceparent: undefined,
      tracestate: undefined,
    } as const;
    return outgoingHeaders({ ...none, ...inbound });
  }

  it('carries the request id under its header, and the trace as it came in', () => {
    expect(sent({ ...traced, header: 'X-Request-Id', requestId: 'r-1' })).toEqual({
      'X-Request-Id': 'r-1',
      ...traced,
    });
  });

  it('carries nothing where ids are off and no trace came in', () => {
    expect(sent({ requestId: 'r-1', tracestate: 'vendor=x' })).toEqual({});
  });

  it('carries no malformed trace', () => {
    expect(sent({ ...traced, traceparent: 'nonsense\r\nset-cookie: x=1' })).toEqual({});
  });

  it.each([
    ['00', '03', `00-${TRACE}-${SPAN}-03`, ''],
    ['01', '03', `00-${TRACE}-${SPAN}-01`, `-${'x'.repeat(8192)}`],
    ['cc', 'fe', `00-${TRACE}-${SPAN}-00`, '-a\r\nset-cookie: x=1'],
    ['fe', '01', `00-${TRACE}-${SPAN}-01`, ''],
  ])('hands version %s with the flags %s on as %s', (version, flags, handedOn, tail) => {
    const traceparent = `${version}-${TRACE}-${SPAN}-${flags}${tail}`;

    expect(sent({ traceparent })).toEqual({ traceparent: handedOn });
  });

  it('carries a tracestate of 512 characters', () => {
    const tracestate = `a=${'x'.repeat(510)}`;

    expect(sent({ ...traced, tracestate })).toEqual({ ...traced, tracestate });
  });

  it.each([
    ['of 513 characters', `a=${'x'.repeat(511)}`],
    ['of a megabyte', `a=${'x'.repeat(1024 * 1024)}`],
    ['with CR and LF', 'a=1\r\nset-cookie: x=1'],
    ['that ends with a line feed', 'a=1\n'],
    ['with NUL', 'a=\0'],
    ['with a direction mark', 'a=\u202e1'],
  ])('carries the traceparent without a tracestate %s', (_what, tracestate) => {
    expect(sent({ ...traced, tracestate })).toEqual({ traceparent: traced.traceparent });
  });

  it('leaves the trace to OpenTelemetry where a span is active, as two traces would be ignored', () => {
    const { read } = spans;
    onTestFinished(() => {
      spans.read = read;
    });
    spans.read = () => ({
      spanContext: () => ({ traceId: TRACE, spanId: SPAN }),
      isRecording: () => true,
      addEvent: () => undefined,
    });

    expect(sent({ ...traced, header: 'x-request-id', requestId: 'r-1' })).toEqual({ 'x-request-id': 'r-1' });
  });
});
