import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { OpenShop, shown } from './open-shop';

const MAIN = 'src/main.js';

describe('the shop in Nest', () => {
  let shop: OpenShop;

  beforeAll(async () => {
    shop = await OpenShop.start(MAIN);
  });

  afterAll(() => shop.close());

  it('writes all records of a failing order in order, and then the Error with its cause', async () => {
    const { status, lines } = await shop.send('POST', '/orders/13/checkout');

    expect(status).toBe(500);
    expect(lines.map(shown)).toEqual([
      expect.stringMatching(
        /^INFO nestjs-hindsight POST .* after # ms: Error: order 13 cannot be paid: .*; 15 held, request /,
      ),
      'DEBUG OrdersService look for order 13',
      'DEBUG OrdersService order 13: customer 42, lines: 2, voucher: EUR 25.00',
      'DEBUG http.client GET http://suppliers/stock/tea-cup 200 # ms',
      'DEBUG WarehouseClient tea-cup: aisle 1',
      'DEBUG StockService tea-cup: 2 wanted, 340 on the shelf, 340 of them free',
      'DEBUG http.client GET http://suppliers/stock/tea-strainer 200 # ms',
      'DEBUG WarehouseClient tea-strainer: aisle 6',
      'DEBUG StockService tea-strainer: 1 wanted, 75 on the shelf, 75 of them free',
      'DEBUG StockService tea-cup: reserved 2, was 0',
      'DEBUG StockService tea-strainer: reserved 1, was 0',
      'DEBUG PaymentService goods EUR 15.90 - voucher EUR 25.00 = EUR -9.10',
      'DEBUG PaymentGateway charge',
      'DEBUG http.client POST http://suppliers/charges 400 # ms',
      'DEBUG StockService tea-cup: reserved 0, was 2',
      'DEBUG StockService tea-strainer: reserved 0, was 1',
      'ERROR ExceptionsHandler order 13 cannot be paid',
      'ERROR http POST /orders/13/checkout 500 # ms',
    ]);
    // The dump after its heading; the last two lines were written at once.
    const dumped = lines.slice(1, -2);
    expect(dumped.map(({ seq }) => seq)).toEqual(dumped.map((_, i) => i + 1));
    const error = lines.find(({ logger }) => logger === 'ExceptionsHandler')?.error;
    expect(error?.stack).toMatch(/^Error: order 13 cannot be paid\n {4}at PaymentService\.pay/);
    expect(error?.cause?.stack).toMatch(
      /^Error: the gateway refused: amount_too_small\n {4}at PaymentGateway\.charge/,
    );
  });

  it('shows the same records on the console, without the card', async () => {
    const before = shop.process.output.length;

    const { lines } = await shop.send('POST', '/orders/13/checkout');
    const output = await shop.process.shown(before, lines.at(-1)?.message ?? '');

    const messages = lines.map(({ message }) => message);
    let from = 0;
    const shownInOrder = messages.filter((message) => {
      const position = output.indexOf(message, from);
      from = Math.max(from, position);
      return position >= 0;
    });
    expect(shownInOrder).toEqual(messages);
    expect(output).not.toContain('4111111111111111');
    expect(JSON.stringify(lines)).not.toContain('4111111111111111');
  });

  it('writes only INFO records of an order that succeeds', async () => {
    const { status, lines } = await shop.send('POST', '/orders/1/checkout');

    expect(status).toBe(201);
    expect(lines.map(shown)).toEqual([
      'INFO OrdersService order 1 is paid: EUR 13.50',
      'INFO http POST /orders/1/checkout 201 # ms',
    ]);
  });

  it('writes one WARNING for an order that is refused', async () => {
    const missing = await shop.send('GET', '/orders/99');
    const soldOut = await shop.send('POST', '/orders/4/checkout');

    expect([missing.status, ...missing.lines.map(shown)]).toEqual([
      404,
      'WARNING http GET /orders/99 404 # ms',
    ]);
    expect([soldOut.status, ...soldOut.lines.map(shown)]).toEqual([
      422,
      'WARNING http POST /orders/4/checkout 422 # ms',
    ]);
  });

  it('writes all records of a request whose guard throws', async () => {
    const { status, lines } = await shop.send('GET', '/orders/1', { 'x-session': 'bm90IEpTT04' });

    expect(status).toBe(500);
    expect(lines.map(shown)).toEqual([
      expect.stringMatching(/Error: the session header is corrupt: .*; 1 held/),
      'DEBUG SessionGuard session header of 11 characters',
      'ERROR ExceptionsHandler the session header is corrupt',
      'ERROR http GET /orders/1 500 # ms',
    ]);
    expect(lines[2]?.error?.cause?.stack).toContain('SyntaxError: Unexpected token');
  });

  it('dumps a slow order while it is running, and writes its later records at once', async () => {
    const { status, lines } = await shop.send('POST', '/orders/8/checkout');

    expect(status).toBe(201);
    expect(lines.map(({ hindsight }) => hindsight?.reason).slice(0, 5)).toEqual([
      ...Array(4).fill('slow'),
      undefined,
    ]);
    expect(lines.map(shown)).toContain('DEBUG PaymentGateway charge');
  });

  it('dumps only the one failing checkout of fifty concurrent ones', async () => {
    const orders = Array.from({ length: 50 }, (_, i) => (i === 30 ? 13 : 1 + (i % 2)));

    const sent = await Promise.all(orders.map((id) => shop.send('POST', `/orders/${id}/checkout`)));

    const failed = sent.filter(({ status }) => status === 500);
    expect(failed).toHaveLength(1);
    const lines = shop.linesOf(...sent);
    // On a busy machine, orders take a second, which is slow for the shop: it dumps them, and writes their later records
    // at once.
    const slow = new Set(
      lines.filter(({ hindsight }) => hindsight?.reason === 'slow').map(({ requestId }) => requestId),
    );
    slow.delete(failed[0]?.requestId);
    const debug = lines.filter(({ level, requestId }) => level === 'DEBUG' && !slow.has(requestId));
    expect(new Set(debug.map(({ requestId }) => requestId))).toEqual(new Set([failed[0]?.requestId]));
    expect(debug).toHaveLength(15);
    expect(new Set(sent.map(({ requestId }) => requestId)).size).toBe(50);
  });

  it('writes nothing for a health check', async () => {
    const before = shop.lines.length;

    const { status } = await shop.send('GET', '/health');

    expect(status).toBe(200);
    expect(shop.lines).toHaveLength(before);
  });

  it('finishes the running order at SIGTERM and writes only complete lines', async () => {
    const shop = await OpenShop.start(MAIN);
    onTestFinished(() => shop.close());
    // No keep-alive: the shop would wait until the idle connection times out.
    const order = request(`${shop.process.url}/orders/8/checkout`, { method: 'POST', agent: false }).end();
    const answered = once(order, 'response') as Promise<[IncomingMessage]>;
    await shop.process.running(1);

    const [[response]] = await Promise.all([answered, shop.process.stop()]);

    expect(response.statusCode).toBe(201);
    expect(shop.lines.map(shown)).toContain('INFO OrdersService order 8 is paid: EUR 640.00');
  });
});
