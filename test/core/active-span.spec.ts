import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { activeSpan, spans, stampSpan, type ActiveSpan } from '../../lib/core/active-span';
import { loggingSettings } from '../../lib/core/diagnostics';
import { LogRecord } from '../../lib/core/log-record';
import { capturedStderr } from '../support/captured-stderr';

const before = { ...spans };

function span(traceId: string, spanId = 'b'.repeat(16)): ActiveSpan {
  return { spanContext: () => ({ traceId, spanId }), isRecording: () => true, addEvent: () => undefined };
}

function stamped(fallback?: ActiveSpan): LogRecord {
  const record = new LogRecord('orders', 10, 'reading', [], 1);
  record.context = { id: 's', fields: { requestId: 'r-1' }, tree: {} };
  stampSpan(record, fallback);
  return record;
}

describe('the active span', () => {
  beforeEach(() => {
    spans.last = undefined;
  });
  afterEach(() => {
    Object.assign(spans, before);
    loggingSettings.openTelemetry = true;
  });

  it('puts its ids on a record beside those of the scope', () => {
    spans.read = () => span('a'.repeat(32));

    expect(stamped().ids).toEqual({ requestId: 'r-1', traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) });
  });

  it('gives the records of one span and scope the same object', () => {
    const active = span('a'.repeat(32));
    spans.read = () => active;
    const [first, second] = [stamped(), stamped()];
    second.context = first.context;
    stampSpan(second);

    expect(second.ids).toEqual(first.ids);
    stampSpan(first);
    stampSpan(second);
    expect(second.ids).toBe(first.ids);
  });

  it('keeps the ids of the scope without a span, or with a span without a trace', () => {
    spans.read = () => undefined;
    expect(stamped().ids).toEqual({ requestId: 'r-1' });

    spans.read = () => span('0'.repeat(32));
    expect(stamped().ids).toEqual({ requestId: 'r-1' });
  });

  it('uses the fallback span only if none is active', () => {
    spans.read = () => undefined;

    expect(stamped(span('c'.repeat(32))).ids?.['traceId']).toBe('c'.repeat(32));
  });

  it('is not read when it is disabled', () => {
    spans.read = () => span('a'.repeat(32));
    loggingSettings.openTelemetry = false;

    expect([activeSpan(), stamped().ids]).toEqual([undefined, { requestId: 'r-1' }]);
  });

  it('is disabled, and reported, when it cannot be read', () => {
    const stderr = capturedStderr();
    spans.read = () => {
      throw new Error('no context manager');
    };

    expect([activeSpan(), spans.read]).toEqual([undefined, undefined]);
    expect(stderr.text).toContain('records get no span ids any more: Error: no context manager');
  });

  it('stays with the record when it is copied', () => {
    spans.read = () => span('a'.repeat(32));
    const record = stamped();
    const rendered = record.copyRenderedTo(new LogRecord('orders', 10, 'reading', [], 1), 'reading');

    expect([record.clone().ids, rendered.ids]).toEqual([record.ids, record.ids]);
  });
});
