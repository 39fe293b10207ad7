import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { onceClosed } from '../../lib/scope/response-close';

class Response extends EventEmitter {
  socket: EventEmitter | null | undefined;

  constructor(socket?: EventEmitter | null) {
    super();
    this.socket = socket;
  }
}

describe('onceClosed', () => {
  it('calls once when the response is closed, before those that came earlier', () => {
    const connection = new EventEmitter();
    const response = new Response(connection);
    const calls: string[] = [];
    response.once('close', () => calls.push('earlier'));
    onceClosed({ socket: connection }, response, () => calls.push('ours'));

    response.emit('close');
    response.emit('close');
    connection.emit('close');

    expect(calls).toEqual(['ours', 'earlier']);
    expect(connection.listenerCount('close')).toBe(0);
  });

  it.each([
    ['none', undefined],
    ['that of a serverless platform', { readable: false, destroy: () => {} }],
  ])(
    'calls after the finish where nothing is closed, as there is no connection: %s',
    async (_what, socket) => {
      const response = new Response(null);
      let calls = 0;
      onceClosed({ socket }, response, () => calls++);

      response.emit('finish');
      expect(calls).toBe(0);
      await new Promise((resolve) => setImmediate(resolve));
      response.emit('close');

      expect(calls).toBe(1);
    },
  );

  it('calls when the connection goes on which the response waited for its turn', () => {
    const connection = new EventEmitter();
    const response = new Response(null);
    let calls = 0;
    onceClosed({ socket: connection }, response, () => calls++);

    connection.emit('close');
    response.emit('close');

    expect(calls).toBe(1);
  });

  it('calls when a response that waited got its turn and was closed', () => {
    const connection = new EventEmitter();
    const response = new Response(null);
    let calls = 0;
    onceClosed({ socket: connection }, response, () => calls++);

    response.socket = connection;
    response.emit('close');
    connection.emit('close');

    expect(calls).toBe(1);
  });

  it('needs one listener of a connection, however many responses wait on it', () => {
    const connection = new EventEmitter();
    let calls = 0;
    for (let i = 0; i < 100; i++) onceClosed({ socket: connection }, new Response(null), () => calls++);

    expect(connection.listenerCount('close')).toBe(1);
    connection.emit('close');
    expect(calls).toBe(100);
  });

  it.each([
    ['response', {}, { destroyed: true }],
    ['connection', { destroyed: true }, {}],
  ])('calls soon when the %s is gone already', async (_what, connection, destroyed) => {
    const response = Object.assign(new Response(null), destroyed);
    let calls = 0;
    onceClosed({ socket: Object.assign(new EventEmitter(), connection) }, response, () => calls++);

    expect(calls).toBe(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(calls).toBe(1);
  });

  it.each([{}, { socket: null }, { socket: 'none' }])('makes do without a connection: %j', (request) => {
    const response = new Response(null);
    let calls = 0;
    onceClosed(request, response, () => calls++);

    response.emit('close');

    expect(calls).toBe(1);
  });
});
