/** A piece of work: its title, ids, fields and headers, and the span that it began in. */
import { once } from 'node:events';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { spans, type ActiveSpan } from '../../lib/core/active-span';
import { spaceTag } from '../../lib/internal/process-space';
import type { ScopeOutcome } from '../../lib/scope/options';
import { ManualClock } from '../../lib/testing';
import { compiledLib } from '../support/compiled-lib';
import { scopeTree } from './scope-tree';
import { stubRequest, stubResponse } from './stub-exchange';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const IDS = {
  header: 'X-Request-Id',
  requestId: 'r-1',
  traceparent: `00-${TRACE}-${SPAN}-01`,
  tracestate: 'vendor=x',
} as const;

const tree = scopeTree();

describe('the title of a scope', () => {
  it('is method and path of a request, without what must not be logged', () => {
    const scope = tree.open({}, { kind: 'http', title: 'GET' });
    scope.target = 'https://user:password@shop/orders/13?token=1';

    expect(scope.title).toBe('GET /orders/13');
  });

  it('is the title of other work, or its kind', () => {
    expect(tree.open({}, { kind: 'rpc', title: 'rpc orders.find' }).title).toBe('rpc orders.find');
    expect(tree.open({}, { title: 'Orders.place' }).title).toBe('Orders.place');
    expect(tree.open().title).toBe('call');
  });

  it('is shown, with the id, when the scope is printed', () => {
    const scope = tree.open({}, { title: 'Orders.place' });

    expect(inspect(scope)).toBe(`<LogScope ${scope.id} Orders.place>`);
  });
});

describe('the id of a scope', () => {
  it('is its own, and stays what it is', () => {
    const [one, other] = [tree.open(), tree.open()];

    expect(one.id).toBe(one.id);
    expect(one.id).not.toBe(other.id);
  });
});

describe('the fields of a scope', () => {
  const outer = { requestId: 'r-1', step: 1 };

  it('are the ids that came along', () => {
    const scope = tree.open({}, { kind: 'http' });
    scope.ids = IDS;

    expect(scope.fields).toEqual({ requestId: 'r-1', traceId: TRACE, parentSpanId: SPAN });
    expect(scope.fields).toBe(scope.fields);
  });

  it('are its own beside those of the scope around it; its own win', () => {
    const parent = tree.open({}, { fields: outer });
    const scope = tree.open({}, { parent, fields: { step: 2, orderId: 7 } });

    expect(scope.fields).toEqual({ requestId: 'r-1', step: 2, orderId: 7 });
    expect(parent.fields).toEqual(outer);
  });

  it('are the same object where a scope adds none', () => {
    const parent = tree.open({}, { fields: outer });

    expect(tree.open({}, { parent }).fields).toBe(outer);
  });

  it('are empty where there are none', () => {
    const scope = tree.open();

    expect(scope.fields).toEqual({});
    expect(tree.open({}, { parent: scope }).fields).toEqual({});
  });

  it('include those of a scope that another copy of the package has opened', () => {
    const context = { id: 'other', fields: { requestId: 'r-2' }, tree: {}, route: () => {} };
    const scope = tree.runIn(context, () => tree.open());

    expect(scope.fields).toEqual({ requestId: 'r-2' });
  });
});

describe('the headers of a scope', () => {
  it('are those of the outermost scope', () => {
    const parent = tree.open({}, { kind: 'http' });
    parent.ids = IDS;
    const inner = tree.open({}, { parent: tree.open({}, { parent }) });

    expect(inner.headers()).toEqual({
      'X-Request-Id': 'r-1',
      traceparent: IDS.traceparent,
      tracestate: 'vendor=x',
    });
    expect(tree.open().headers()).toEqual({});
  });
});

describe('the outcome of a scope', () => {
  it('holds what is known of the work, and how long it took', () => {
    const clock = new ManualClock(5000);
    const outcomes: ScopeOutcome[] = [];
    const flushOn = (outcome: ScopeOutcome): boolean => outcomes.push(outcome) < 0;
    const timed = scopeTree({ clock });
    const request = timed.open({ flushOn }, { kind: 'http', title: 'GET' });
    request.target = '/orders?x';
    const message = timed.open({ flushOn }, { kind: 'rpc', title: 'rpc orders.find' });
    message.target = 'orders.find';
    const call = timed.open({ flushOn });
    clock.advance(1000);
    request.settle({ status: 204 });
    message.settle({});
    call.settle({ aborted: true });

    const known = { status: undefined, error: undefined, aborted: false, durationMs: 1000, path: undefined };
    expect(outcomes).toEqual([
      { ...known, kind: 'http', status: 204, path: '/orders' },
      { ...known, kind: 'rpc', path: 'orders.find' },
      { ...known, kind: 'call', aborted: true },
    ]);
  });
});

describe('a scope', () => {
  it('keeps the span in which the outermost work began', () => {
    const span: ActiveSpan = {
      spanContext: () => ({ traceId: TRACE, spanId: SPAN }),
      isRecording: () => true,
      addEvent: () => undefined,
    };
    const { read } = spans;
    onTestFinished(() => {
      spans.read = read;
    });
    spans.read = () => span;
    const parent = tree.open();
    const inner = tree.open({}, { parent });
    spans.read = () => undefined;

    expect(parent.span).toBe(span);
    expect(inner.work.span).toBe(span);
    expect(tree.open().span).toBeUndefined();
  });

  it('tells the Errors of a client that leaves only for requests, and keeps that after its end', () => {
    const request = tree.open({}, { kind: 'http' });
    request.request = stubRequest();
    request.response = stubResponse();
    const left = request.leaving();
    request.settle({ status: 200 });

    expect(left).toBeDefined();
    expect([request.request, request.response]).toEqual([undefined, undefined]);
    expect(request.leaving()).toBe(left);
    expect(tree.open().leaving()).toBeUndefined();
  });
});

describe('the id of a scope', () => {
  it('starts with the container and the process, and is given once', () => {
    const ids = Array.from({ length: 100 }, () => tree.open().id);

    expect(new Set(ids).size).toBe(100);
    const start = `${spaceTag()}-${process.pid.toString(36)}-`;
    expect(ids.filter((id) => !id.startsWith(start))).toEqual([]);
  });

  it('tells the threads of a process apart', { timeout: 30_000 }, async () => {
    const directory = await compiledLib();
    const worker = new Worker(
      `const { runInScope, currentScope } = require(${JSON.stringify(`${directory}/logging`)});
       const id = runInScope({}, () => currentScope().id);
       require('node:worker_threads').parentPort.postMessage([process.pid.toString(36), id]);`,
      { eval: true },
    );
    onTestFinished(async () => void (await worker.terminate()));
    const [[pid, id]] = (await once(worker, 'message')) as [[string, string]];

    expect(id).toMatch(new RegExp(`^${spaceTag()}-${pid}-\\w+-1$`));
  });
});
