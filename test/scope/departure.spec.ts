import { describe, expect, it } from 'vitest';
import { brokenBy, Departure } from '../../lib/scope/departure';

function withCode(code: string, message = 'x'): Error {
  return Object.assign(new Error(message), { code });
}

describe('Departure', () => {
  it.each(['request aborted', 'Request aborted', 'Request closed'])(
    'explains what is said of a body or a file that the client broke off, not while it is there: %s',
    (message) => {
      const cut = new Departure({});
      cut.closed(true, {});
      const whole = new Departure({ socket: { destroyed: true } });
      whole.closed(false, {});
      const departures = {
        open: new Departure({ socket: { destroyed: false } }),
        whole,
        aborted: new Departure({ aborted: true }),
        disconnected: new Departure({ socket: { destroyed: true } }),
        cut,
      };

      expect(Object.entries(departures).filter(([, each]) => each.explains(new Error(message)))).toEqual([
        ['aborted', expect.anything()],
        ['disconnected', expect.anything()],
        ['cut', expect.anything()],
      ]);
    },
  );

  it('explains the Error with which Node breaks the stream of the request, and only this one', () => {
    const errored = withCode('ECONNRESET', 'aborted');
    const departure = new Departure({ errored });
    expect(departure.explains(errored)).toBe(true);

    departure.closed(true, {});

    expect(departure.explains(errored)).toBe(true);
    expect(departure.explains(withCode('ECONNRESET', 'aborted'))).toBe(false);
  });

  it('explains the Error with which the response was destroyed, of which the scope knows', () => {
    const errored = withCode('ECONNRESET', 'aborted');
    const departure = new Departure({});
    departure.closed(true, { errored });

    expect(departure.explains(errored)).toBe(true);
    expect(departure.explains(withCode('ECONNRESET', 'aborted'))).toBe(false);
  });

  it.each(['ERR_STREAM_PREMATURE_CLOSE', 'ERR_HTTP2_INVALID_STREAM', 'ERR_HTTP2_STREAM_ERROR'])(
    'explains %s after a cut, not while the response is open or when it was whole',
    (code) => {
      const [open, whole, cut] = [new Departure({}), new Departure({}), new Departure({})];
      whole.closed(false, {});
      cut.closed(true, {});

      expect([open, whole, cut].map((departure) => departure.explains(withCode(code)))).toEqual([
        false,
        false,
        true,
      ]);
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
  ])('does not explain any other: %#', (error) => {
    const departure = new Departure({ errored: null });
    departure.closed(true, {});

    expect(departure.explains(error)).toBe(false);
  });
});

describe('Departure.endlessStatus', () => {
  const response = (type: unknown, statusCode = 200, headersSent = true) => ({
    statusCode,
    headersSent,
    getHeader: () => type,
  });

  it.each<[string, ConstructorParameters<typeof Departure>, number | undefined]>([
    ['a stream of events', [{}, response('text/event-stream; charset=utf-8')], 200],
    ['a stream of events that has not begun', [{}, response('text/event-stream', 200, false)], undefined],
    ['another type', [{}, response('text/event-streams')], undefined],
    [
      'an unknown type that was asked for',
      [{ headers: { accept: 'text/event-stream' } }, response(undefined)],
      200,
    ],
    [
      'another type than was asked for',
      [{ headers: { accept: 'text/event-stream' } }, response('text/html')],
      undefined,
    ],
    ['an upgrade', [{ upgrade: true }, response(undefined, 200, false)], 101],
    ['an upgrade by hand', [{}, response(undefined, 101)], 101],
    ['a tunnel', [{ method: 'CONNECT' }, response(undefined)], 200],
    ['a request without its response', [{ upgrade: true }], undefined],
  ])('is for %s', (_what, [request, given], expected) => {
    const departure = new Departure(request, given);

    expect(departure.endlessStatus).toBe(expected);
    departure.closed(true, {});
    expect(departure.endlessStatus).toBeUndefined();
  });
});

describe('brokenBy', () => {
  it('is the Error with which the server destroyed the response, over HTTP/2 the stream', () => {
    const errored = new Error('disk gone');

    expect(brokenBy({ errored }, {})).toBe(errored);
    expect(brokenBy({ stream: { errored } }, {})).toBe(errored);
  });

  it('is nothing where the client left', () => {
    expect(brokenBy({ errored: null }, {})).toBeUndefined();
    expect(brokenBy({}, {})).toBeUndefined();
    expect(brokenBy({ stream: { errored: null } }, {})).toBeUndefined();
    expect(brokenBy({ stream: { errored: withCode('ERR_HTTP2_STREAM_ERROR') } }, {})).toBeUndefined();
  });

  it('is nothing where Node destroys, with its connection, a response that waits for its turn', () => {
    const errored = withCode('ECONNRESET', 'aborted');
    const waiting = { errored, socket: null };

    expect(brokenBy(waiting, { socket: { destroyed: true } })).toBeUndefined();
    expect(brokenBy(waiting, { socket: { destroyed: false } })).toBe(errored);
    expect(brokenBy({ errored, socket: {} }, { socket: { destroyed: true } })).toBe(errored);
  });
});
