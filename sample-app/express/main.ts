/** The shop in plain Express, with two middlewares and without Nest. */
import express, { type ErrorRequestHandler } from 'express';
import { errorLogs, requestLogs } from 'nestjs-hindsight/express';
import {
  FileHandler,
  getLogger,
  HindsightHandler,
  JsonFormatter,
  PrettyFormatter,
  shutdown,
  stats,
  StreamHandler,
} from 'nestjs-hindsight/logging';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Suppliers } from '../shop/suppliers';
import { priceOf } from './prices';

const root = getLogger();
root.setLevel('DEBUG');
// The console. A second HindsightHandler gives it the dumps of failing requests, too.
root.addHandler(
  new HindsightHandler(
    new StreamHandler(process.stdout, { formatter: new PrettyFormatter({ stream: process.stdout }) }),
  ),
);
const target = new FileHandler(process.env['LOG_FILE'] ?? 'shop.jsonl', { formatter: new JsonFormatter() });

const answerError: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) next(error);
  else response.status(500).json({ error: 'something broke' });
};

async function main(): Promise<void> {
  const suppliers = await Suppliers.start();
  const app = express();
  app.use(requestLogs({ target, exclude: ['/health'] }));
  app.get('/health', (_request, response) => {
    response.json({ status: 'ok', log: stats() });
  });
  app.get('/orders/:id/price', async (request, response) => {
    const price = await priceOf(Number(request.params.id), suppliers.url);
    if (price === undefined) response.status(404).json({ error: 'no such order' });
    else response.json(price);
  });
  app.use(errorLogs());
  app.use(answerError);

  const server = app.listen(Number(process.env['PORT'] ?? 3000));
  await once(server, 'listening');
  root.getChild('shop').info('open at http://127.0.0.1:%d', (server.address() as AddressInfo).port);

  process.once('SIGTERM', () => {
    suppliers.close();
    // Closes the handlers last, because running requests still log.
    server.close(() => void shutdown());
    server.closeIdleConnections();
  });
}

void main();
