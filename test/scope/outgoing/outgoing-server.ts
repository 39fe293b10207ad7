/** A real server that the specs of outgoing HTTP call. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const ANSWERS: Readonly<Record<string, Answer>> = {
  '/items': (_request, response) => response.setHeader('x-region', 'eu').end('item'),
  '/redirect': (_request, response) => response.writeHead(302, { location: '/items' }).end(),
  '/reset': (request) => request.socket.destroy(),
  '/hang': () => undefined,
  '/busy': (_request, response) => response.writeHead(503, { 'content-length': 0 }).end(),
  '/stream': (_request, response) => {
    response.write('a');
    setTimeout(() => response.end('b'), 60);
  },
  '/broken-body': (_request, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('a');
    setTimeout(() => response.destroy(), 20);
  },
};

/** Starts the server; returns its origin. It is closed when the test is finished. */
export async function outgoingServer(): Promise<string> {
  const server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split(/[?/]/).slice(1, 2);
    (ANSWERS[`/${path}`] ?? ANSWERS['/items'])?.(request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An origin where nobody listens any more. */
export async function closedOrigin(): Promise<string> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}
