/** pino with one child logger per request, batched like the ideal. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';

export function create({ file, level }) {
  const stream = pino.destination({ dest: file, minLength: 4096, sync: true });
  const root = pino({ name: 'shop.parcels', level }, stream);
  const storage = new AsyncLocalStorage();
  return {
    middleware(_req, _res, next) {
      storage.run(root.child({ requestId: randomUUID() }), next);
    },
    info: (_req, id, message) => storage.getStore().info({ id }, message),
    debug: (_req, id, step) => storage.getStore().debug({ id, step }, 'parcel checked'),
    error: (err) => storage.getStore().error({ err }, err.message),
    async close() {
      stream.end();
      await new Promise((resolve) => stream.once('close', resolve));
    },
  };
}
