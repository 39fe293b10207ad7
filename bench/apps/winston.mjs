/** winston with one child logger per request and its File transport. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { closeWinston, fileLogger } from '../harness/winston-file.mjs';

export function create({ file, level }) {
  const root = fileLogger(file, level);
  const storage = new AsyncLocalStorage();
  return {
    middleware(_req, _res, next) {
      storage.run(root.child({ requestId: randomUUID() }), next);
    },
    info: (_req, id, message) => storage.getStore().info(message, { id }),
    debug: (_req, id, step) => storage.getStore().debug('parcel checked', { id, step }),
    error: ({ message, stack }) => storage.getStore().error(message, { stack }),
    close: () => closeWinston(root),
  };
}
