/** The warehouse and the payment provider of the shop, as one HTTP server, so that the shop uses real sockets. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';

const ON_SHELF: Readonly<Record<string, number>> = {
  'tea-cup': 340,
  'tea-pot': 120,
  'tea-strainer': 75,
  'oak-desk': 30,
};

/** Questions about desks are slow. */
const SLOW = { sku: 'oak-desk', ms: 1200 };

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function stock(sku: string, response: ServerResponse): Promise<void> {
  if (sku === SLOW.sku) await wait(SLOW.ms);
  answer(response, 200, { sku, onShelf: ON_SHELF[sku] ?? 0, aisle: 1 + (sku.length % 7) });
}

async function charge(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { cents } = (await json(request)) as { cents: number };
  await wait(5);
  if (cents < 50) answer(response, 400, { code: 'amount_too_small' });
  else answer(response, 201, { id: `ch_${cents}_${Date.now().toString(36)}` });
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, what, sku = ''] = (request.url ?? '').split('/');
  await (what === 'stock' ? stock(sku, response) : charge(request, response));
}

export class Suppliers {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<Suppliers> {
    const server = createServer((request, response) => {
      serve(request, response).catch((error: unknown) => response.destroy(error as Error));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Suppliers(server);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
