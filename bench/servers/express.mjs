/** The route in Express 5. */
import express from 'express';
import { parcelRoute } from './parcels.mjs';

export async function listen(log, job) {
  const app = express();
  if (log.middleware !== undefined) app.use(log.middleware);
  const handle = parcelRoute(log, job);
  app.get('/parcels/:id', async (req, res) => {
    res.json(await handle(req, req.params.id));
  });
  if (log.errorMiddleware !== undefined) app.use(log.errorMiddleware);
  app.use((error, req, res, _next) => {
    log.error(error, req);
    res.status(500).json({ error: 'parcel lost' });
  });
  const server = await new Promise((resolve) => {
    // A large backlog, so that all clients can connect at once. A refused client would retry only after a second.
    const listening = app.listen(0, '127.0.0.1', 4096, () => resolve(listening));
  });
  return server.address().port;
}
