/** The hand-written minimum: one AsyncLocalStorage, one array per request, one writeSync for every 64 KiB. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { batchedFile } from '../harness/batched-file.mjs';
import { isoTime } from '../harness/iso-time.mjs';

export function create({ file }) {
  const out = batchedFile(file);
  const storage = new AsyncLocalStorage();
  const write = (scope, level, created, message, fields) =>
    out.write(
      `{"time":"${isoTime(created)}","level":"${level}","name":"shop.parcels","message":"${message}","requestId":"${scope.id}",${JSON.stringify(fields).slice(1)}\n`,
    );
  const dump = (scope) => {
    for (const { created, id, step } of scope.records)
      write(scope, 'DEBUG', created, 'parcel checked', { id, step });
    const { message, stack } = scope.error;
    write(scope, 'ERROR', Date.now(), message, { stack });
  };
  const fail = (error) => {
    storage.getStore().error = error;
  };
  return {
    middleware(req, res, next) {
      const scope = { id: randomUUID(), records: [], error: undefined };
      res.once('close', () => {
        if (res.statusCode >= 500) dump(scope);
        scope.records = undefined;
      });
      storage.run(scope, next);
    },
    info: (_req, id, message) => write(storage.getStore(), 'INFO', Date.now(), message, { id }),
    debug: (_req, id, step) => storage.getStore().records.push({ created: Date.now(), id, step }),
    error: fail,
    close: out.close,
  };
}
