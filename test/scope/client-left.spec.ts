/** Which Errors a client causes by leaving, and which are Errors of the work. */
import { describe, expect, it } from 'vitest';
import { brokenBy, ClientLeft } from '../../lib/scope/client-left';
import type { HttpRequest, HttpResponse } from '../../lib/scope/exchange';
import { stubRequest as request, stubResponse as response } from './stub-exchange';

/** Of a request whose response is open. */
const open = (fields?: Partial<HttpRequest>): ClientLeft => new ClientLeft(request(fields), response());

/** Of a request whose response was cut. */
function cut(fields?: Partial<HttpRequest>, errored?: unknown): ClientLeft {
  const left = open(fields);
  left.closed(true, response({ errored }));
  return left;
}

/** Of a request whose response was complete. */
function whole(fields?: Partial<HttpRequest>): ClientLeft {
  const left = open(fields);
  left.closed(false, response());
  return left;
}

function withCode(code: string, message = 'x'): Error {
  return Object.assign(new Error(message), { code });
}

describe('ClientLeft', () => {
  it.each(['request aborted', 'Request aborted', 'Request closed'])(
    'explains "%s" of a reader of a body or a file only if the client is gone',
    (message) => {
      const cases = {
        open: open({ socket: { destroyed: false } }),
        whole: whole({ socket: { destroyed: true } }),
        aborted: open({ aborted: true }),
        disconnected: open({ socket: { destroyed: true } }),
        cut: cut(),
        'whole and aborted': whole({ aborted: true }),
      };

      const explained = Object.entries(cases).filter(([, left]) => left.explains(new Error(message)));
      expect(explained.map(([name]) => name)).toEqual([
        'aborted',
        'disconnected',
        'cut',
        'whole and aborted',
      ]);
    },
  );

  it('explains the Error with which Node breaks the stream of the request, and only this one', () => {
    const errored = withCode('ECONNRESET', 'aborted');
    const left = open({ errored });
    expect(left.explains(errored)).toBe(true);

    left.closed(true, response());

    expect(left.explains(errored)).toBe(true);
    expect(left.explains(withCode('ECONNRESET', 'aborted'))).toBe(false);
  });

  it('explains the Error with which the response was destroyed, which the scope knows', () => {
    const errored = withCode('ECONNRESET', 'aborted');
    const left = cut({}, errored);

    expect(left.explains(errored)).toBe(true);
    expect(left.explains(withCode('ECONNRESET', 'aborted'))).toBe(false);
  });

  it.each(['ERR_STREAM_PREMATURE_CLOSE', 'ERR_HTTP2_INVALID_STREAM', 'ERR_HTTP2_STREAM_ERROR'])(
    'explains %s after a cut, not while the response is open or when it was complete',
    (code) => {
      const explained = [open(), whole(), cut()].map((left) => left.explains(withCode(code)));

      expect(explained).toEqual([false, false, true]);
    },
  );

  it.each([
    [new Error('boom')],
    [withCode('ECONNABORTED', 'timeout of 5000ms exceeded')],
    [new Error('the request aborted the transaction')],
    ['Request aborted'],
    [undefined],
    [null],
    [
      Object.defineProperty(new Error('x'), 'message', {
        get: () => {
          throw new Error('hostile');
        },
      }),
    ],
  ])('explains nothing else: %#', (error) => {
    expect(cut({ errored: null }).explains(error)).toBe(false);
  });
});

describe('ClientLeft.endlessStatus', () => {
  const typed = (type: unknown, statusCode = 200, headersSent = true): HttpResponse =>
    response({ statusCode, headersSent, getHeader: () => type });

  it.each<[string, Partial<HttpRequest>, HttpResponse, number | undefined]>([
    ['a stream of events', {}, typed('text/event-stream; charset=utf-8'), 200],
    ['a stream of events that has not begun', {}, typed('text/event-stream', 200, false), undefined],
    ['another type', {}, typed('text/event-streams'), undefined],
    [
      'an unknown type where events were asked for',
      { headers: { accept: 'text/event-stream' } },
      typed(undefined),
      200,
    ],
    [
      'another type than was asked for',
      { headers: { accept: 'text/event-stream' } },
      typed('text/html'),
      undefined,
    ],
    ['an upgrade', { upgrade: true }, typed(undefined, 200, false), 101],
    ['an upgrade by hand', {}, typed(undefined, 101), 101],
    ['a tunnel', { method: 'CONNECT' }, typed(undefined), 200],
  ])('of %s', (_what, fields, given, expected) => {
    const left = new ClientLeft(request(fields), given);

    expect(left.endlessStatus).toBe(expected);
    left.closed(true, given);
    expect(left.endlessStatus).toBeUndefined();
  });
});

describe('brokenBy', () => {
  const gone = request({ socket: { destroyed: true } });

  it('is the Error with which the server destroyed the response, or the stream of HTTP/2', () => {
    const errored = new Error('disk gone');

    expect(brokenBy(response({ errored }), request())).toBe(errored);
    expect(brokenBy(response({ stream: { errored } }), request())).toBe(errored);
  });

  it('is undefined where the client left', () => {
    const ofStream = withCode('ERR_HTTP2_STREAM_ERROR');

    expect(brokenBy(response({ errored: null }), request())).toBeUndefined();
    expect(brokenBy(response(), request())).toBeUndefined();
    expect(brokenBy(response({ stream: { errored: null } }), request())).toBeUndefined();
    expect(brokenBy(response({ stream: { errored: ofStream } }), request())).toBeUndefined();
  });

  it('is undefined where Node destroys a waiting response together with its connection', () => {
    const errored = withCode('ECONNRESET', 'aborted');

    expect(brokenBy(response({ errored, socket: null }), gone)).toBeUndefined();
    expect(brokenBy(response({ errored, socket: null }), request({ socket: {} }))).toBe(errored);
    expect(brokenBy(response({ errored, socket: {} }), gone)).toBe(errored);
  });
});
