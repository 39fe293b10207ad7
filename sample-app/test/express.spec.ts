import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { OpenShop, shown } from './open-shop';

const MAIN = 'express/main.js';

describe('the shop in Express', () => {
  let shop: OpenShop;

  beforeAll(async () => {
    shop = await OpenShop.start(MAIN);
  });

  afterAll(() => shop.close());

  it('writes all records of a request that fails, with the Error', async () => {
    const { status, lines } = await shop.send('GET', '/orders/13/price');

    expect(status).toBe(500);
    expect(lines.map(shown)).toEqual([
      expect.stringMatching(/GET .*price after # ms: Error: order 13 has a negative price; 6 held/),
      'DEBUG prices look for order 13',
      'DEBUG http.client GET http://suppliers/stock/tea-cup 200 # ms',
      'DEBUG prices tea-cup: 340 on the shelf',
      'DEBUG http.client GET http://suppliers/stock/tea-strainer 200 # ms',
      'DEBUG prices tea-strainer: 75 on the shelf',
      'DEBUG prices goods EUR 15.90, voucher EUR 25.00',
      'ERROR http GET /orders/13/price failed',
      'ERROR http GET /orders/13/price 500 # ms',
    ]);
    expect(lines[7]?.error?.stack).toMatch(/^Error: order 13 has a negative price\n {4}at totalOf/);
  });

  it('shows them on the console, too', async () => {
    await shop.send('GET', '/orders/13/price');

    expect(await shop.process.shown(0, '/price 500')).toContain('tea-strainer: 75 on the shelf');
  });

  it('writes one line for a request that succeeds or is refused', async () => {
    const good = await shop.send('GET', '/orders/1/price');
    const missing = await shop.send('GET', '/orders/99/price');

    expect(good.lines.map(shown)).toEqual(['INFO http GET /orders/1/price 200 # ms']);
    expect(missing.lines.map(shown)).toEqual(['WARNING http GET /orders/99/price 404 # ms']);
  });

  it('dumps only the one failing request of fifty concurrent ones', async () => {
    const orders = Array.from({ length: 50 }, (_, i) => (i === 30 ? 13 : 1 + (i % 2)));

    const sent = await Promise.all(orders.map((id) => shop.send('GET', `/orders/${id}/price`)));

    const failed = sent.filter(({ status }) => status === 500);
    expect(failed).toHaveLength(1);
    const debug = shop.linesOf(...sent).filter(({ level }) => level === 'DEBUG');
    expect(debug.map(({ requestId }) => requestId)).toEqual(Array(6).fill(failed[0]?.requestId));
  });

  it('writes nothing for a health check, and only complete lines at SIGTERM', async () => {
    const shop = await OpenShop.start(MAIN);
    onTestFinished(() => shop.close());
    await shop.send('GET', '/health');

    await shop.process.stop();

    expect(shop.lines.map(({ logger }) => logger)).toEqual(['shop']);
  });
});
