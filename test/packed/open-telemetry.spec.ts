/** Records have the ids of the active span: the package with OpenTelemetry's API, and with its real SDK. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Consumer } from './consumer';

/** Prints the message of each record with the names of the spans whose ids it has. */
const BEGINNING = `
  const { context, trace } = require('@opentelemetry/api');
  const { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base');
  const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks');
  const exporter = new InMemorySpanExporter();
  function startSdk() {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  }
  const { CollectingHandler } = require('nestjs-hindsight/testing');
  const { getLogger, HindsightHandler, JsonFormatter, loggingSettings, runInScope, stats, encodeRecord, decodeRecord } =
    require('nestjs-hindsight/logging');
  const log = getLogger('work');
  log.setLevel('DEBUG');
  const seen = new CollectingHandler({ formatter: new JsonFormatter() });
  log.addHandler(new HindsightHandler(seen));
  getLogger('call').addHandler(seen);
  getLogger('http').addHandler(seen);
  const names = new Map();
  function within(name, fn) {
    return trace.getTracer('test').startActiveSpan(name, (span) => {
      names.set(span.spanContext().spanId, name);
      try {
        return fn();
      } finally {
        span.end();
      }
    });
  }
  const lines = () => seen.messages.map((text) => {
    const { message, spanId, traceId, requestId } = JSON.parse(text);
    return [message.replace(/ \\d+ ms$/, ''), names.get(spanId), traceId?.length, typeof requestId].join(' ').trim();
  });
  const events = () => exporter.getFinishedSpans().flatMap((span) => span.events.map((event) => ({ span: span.name, name: event.name, ...event.attributes })));
  const print = (value) => console.log(JSON.stringify(value));
`;

async function printed(consumer: Consumer, file: string, program: string): Promise<unknown> {
  return JSON.parse(await consumer.run(file, `${BEGINNING}\n${program}`)) as unknown;
}

describe('the package where OpenTelemetry is installed', () => {
  let consumer: Consumer;
  beforeAll(async () => {
    consumer = await Consumer.install({
      dependencies: {
        '@opentelemetry/api': '^1.9.0',
        '@opentelemetry/sdk-trace-base': '^2.0.0',
        '@opentelemetry/context-async-hooks': '^2.0.0',
      },
    });
  });
  afterAll(() => consumer.remove());

  it('adds the ids of the active span to each record, in a scope and outside', async () => {
    const found = await printed(
      consumer,
      'records.cjs',
      `
      log.info('before the SDK');
      startSdk();
      log.info('no span');
      within('outside', () => log.info('outside'));
      try {
        within('outer', () => runInScope({ fields: { requestId: 'r-1' }, dumpRecord: false }, () => {
          log.debug('held in outer');
          within('inner', () => log.debug('held in inner'));
          log.info('written in outer');
          throw new Error('boom');
        }));
      } catch {}
      const queued = decodeRecord(encodeRecord(seen.records[2]));
      print({ lines: lines(), queued: queued.ids, sent: seen.records[2].ids });`,
    );

    expect(found).toMatchObject({
      lines: [
        'before the SDK   undefined',
        'no span   undefined',
        'outside outside 32 undefined',
        'written in outer outer 32 string',
        'held in outer outer 32 string',
        'held in inner inner 32 string',
        'call failed outer 32 string',
      ],
    });
    const { queued, sent } = found as { queued: unknown; sent: unknown };
    expect(queued).toEqual(sent);
  });

  it('adds an event to the active span when a scope is dumped, and none when it is not', async () => {
    const found = await printed(
      consumer,
      'events.cjs',
      `
      startSdk();
      within('healthy', () => runInScope({}, () => log.debug('held')));
      try {
        within('failing', () => runInScope({ dumpRecord: false }, () => {
          log.debug('one');
          log.debug('two');
          throw new Error('boom');
        }));
      } catch {}
      print({ events: events(), scope: seen.records[0].hindsight.scope });`,
    );

    const { scope } = found as { scope: string };
    expect(found).toMatchObject({
      events: [{ span: 'failing', name: 'log.dump', reason: 'error', records: 2, scope }],
    });
  });

  it('adds the event to the span of a request before it ends with the response', async () => {
    const found = await printed(
      consumer,
      'request.cjs',
      `
      startSdk();
      const { requestLogs } = require('nestjs-hindsight/express');
      const middleware = requestLogs({ target: seen, dumpRecord: false });
      log.handlers = getLogger('http').handlers = [];
      const server = require('node:http').createServer((request, response) => {
        const span = trace.getTracer('test').startSpan('GET /orders');
        names.set(span.spanContext().spanId, 'GET /orders');
        // Like the instrumentation of node:http, before any listener of the application.
        response.on('close', () => span.end());
        context.with(trace.setSpan(context.active(), span), () => middleware(request, response, () => {
          log.debug('reading');
          response.statusCode = 503;
          response.end('sorry');
        }));
      });
      server.listen(0, async () => {
        await (await fetch('http://127.0.0.1:' + server.address().port + '/orders')).text();
        while (stats().scopes.live > 0 || exporter.getFinishedSpans().length === 0) await new Promise(setImmediate);
        print({ lines: lines(), events: events() });
        server.closeAllConnections();
        server.close();
      });`,
    );

    expect(found).toMatchObject({
      lines: ['reading GET /orders 32 string', 'GET /orders 503 GET /orders 32 string'],
      events: [{ span: 'GET /orders', name: 'log.dump', reason: 'status 503', records: 1 }],
    });
  });

  it('changes no records and spans when it is switched off', async () => {
    const found = await printed(
      consumer,
      'off.cjs',
      `
      startSdk();
      loggingSettings.openTelemetry = false;
      try {
        within('failing', () => runInScope({ dumpRecord: false }, () => {
          log.debug('one');
          throw new Error('boom');
        }));
      } catch {}
      print({ lines: lines(), events: events() });`,
    );

    expect(found).toEqual({ lines: ['one   undefined', 'call failed   undefined'], events: [] });
  });
});

interface Observed {
  readonly lines: readonly string[];
  readonly ids: readonly string[];
  readonly expected: string;
  readonly events: readonly string[];
  readonly received: readonly unknown[];
}

/** The records of a request, and its span. */
const REQUESTS: Readonly<Record<string, { readonly lines: readonly string[]; readonly events?: string }>> = {
  found: { lines: ['INFO GET /found 200'] },
  missing: { lines: ['WARNING GET /missing 404'] },
  fails: {
    lines: ['INFO at once', 'DEBUG held', 'DEBUG held later', 'ERROR no stock', 'ERROR GET /fails 500'],
    events: 'log.dump error 2',
  },
  unavailable: {
    lines: ['DEBUG held', 'ERROR GET /unavailable failed', 'ERROR GET /unavailable 503'],
    events: 'log.dump error 1',
  },
  cut: {
    lines: ['DEBUG held', 'ERROR no stock', 'ERROR GET /cut aborted'],
    events: 'log.dump error 1',
  },
  // The span ended with the connection, before the handler failed.
  left: { lines: ['DEBUG held', 'ERROR GET /left failed', 'ERROR GET /left aborted'] },
  asks: { lines: ['INFO GET /asks 200'] },
};

const STARTS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  '--require': ['--require', './tracing.cjs', 'service.cjs'],
  '--import': ['--import', './tracing.mjs', 'service.cjs'],
  'the program itself, after the package': ['service.cjs'],
};

describe('a Nest service with the SDK of OpenTelemetry', () => {
  const found = new Map<string, Readonly<Record<string, Observed>>>();
  let consumer: Consumer;
  beforeAll(async () => {
    consumer = await Consumer.install({
      dependencies: {
        '@nestjs/common': '^12.0.0',
        '@nestjs/core': '^12.0.0',
        '@nestjs/platform-express': '^12.0.0',
        '@opentelemetry/api': '^1.9.0',
        '@opentelemetry/core': '^2.0.0',
        '@opentelemetry/instrumentation': '*',
        '@opentelemetry/instrumentation-http': '*',
        '@opentelemetry/instrumentation-undici': '*',
        '@opentelemetry/sdk-trace-node': '^2.0.0',
        'reflect-metadata': '^0.2.0',
        rxjs: '^7.8.0',
      },
    });
    consumer.copy(join(__dirname, 'open-telemetry'));
    const runs = Object.entries(STARTS).map(async ([how, [file, ...args]]) => {
      found.set(how, JSON.parse(await consumer.execute(file, ...args)) as Readonly<Record<string, Observed>>);
    });
    await Promise.all(runs);
  });
  afterAll(() => consumer.remove());

  describe.each(Object.keys(STARTS))('that is started by %s', (how) => {
    const observed = (path: string): Observed | undefined => found.get(how)?.[path];

    it.each(Object.entries(REQUESTS))(
      'writes what GET /%s is about, and marks its span',
      (path, { lines, events }) => {
        expect(observed(path)?.lines).toEqual(lines);
        expect(observed(path)?.events).toEqual(events === undefined ? [] : [events]);
      },
    );

    it('has the trace of the caller and the span of the request on each record, held or not', () => {
      for (const path of Object.keys(REQUESTS))
        expect(observed(path)?.ids).toEqual([observed(path)?.expected]);
    });

    it('sends one traceparent of that trace, with and without the headers of the scope', () => {
      const [traceId] = observed('asks')?.expected.split(' ') ?? [];
      const traced = { traceId, traceparents: 1 };
      const withIds = { ...traced, requestId: 'sent-along' };

      expect(observed('asks')?.received).toEqual([traced, withIds, traced, withIds]);
    });
  });
});
