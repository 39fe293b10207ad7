/** The kinds of messages that Nest hands to handlers, and where each is handled. */

/** One package of Nest; its classes are found by name, as it is not there in every application. */
export interface MessageTransport {
  readonly kind: 'rpc' | 'ws';
  readonly file: string;
  /** The class that makes a handler's guards, pipes, interceptors and filters into one function. */
  readonly creator: string;
  /** Its property whose `create` puts the filters around the rest. */
  readonly proxy: string;
  /** The file and class that make the handlers of request-scoped classes, and which of its arguments is the method's name. */
  readonly instances: { readonly file: string; readonly controller: string; readonly methodAt: number };
  /** The file and class that take up a handler's answer to send it. */
  readonly answers: { readonly file: string; readonly name: string };
  /** Metadata of a handler: what it listens to. */
  readonly pattern: string;
  /** Which argument of a handler has what came with a message; undefined where nothing does. */
  readonly contextAt: number | undefined;
}

export const MESSAGE_TRANSPORTS: readonly MessageTransport[] = [
  {
    kind: 'rpc',
    file: '@nestjs/microservices/context/rpc-context-creator.js',
    creator: 'RpcContextCreator',
    proxy: 'rpcProxy',
    instances: {
      file: '@nestjs/microservices/listeners-controller.js',
      controller: 'ListenersController',
      methodAt: 4,
    },
    answers: { file: '@nestjs/microservices/server/server.js', name: 'Server' },
    pattern: 'microservices:pattern',
    contextAt: 1,
  },
  {
    kind: 'ws',
    file: '@nestjs/websockets/context/ws-context-creator.js',
    creator: 'WsContextCreator',
    proxy: 'wsProxy',
    instances: {
      file: '@nestjs/websockets/web-sockets-controller.js',
      controller: 'WebSocketsController',
      methodAt: 3,
    },
    answers: { file: '@nestjs/websockets/web-sockets-controller.js', name: 'WebSocketsController' },
    pattern: 'message',
    // An event brings its data and nothing else; the headers of the handshake are the connection's.
    contextAt: undefined,
  },
];
