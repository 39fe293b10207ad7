/** LogTape's fingersCrossed with one buffer per implicit context of a request; the buffer is dropped at the end. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import * as logtape from '@logtape/logtape';
import { batchedFile } from '../harness/batched-file.mjs';
import { logtapeFile } from '../harness/logtape-file.mjs';

export function create({ file }) {
  const sink = logtape.fingersCrossed(logtapeFile(batchedFile(file), logtape.jsonLinesFormatter), {
    isolateByContext: { keys: ['requestId'] },
    bufferLevel: 'debug',
    maxBufferSize: 1000,
  });
  logtape.configureSync({
    contextLocalStorage: new AsyncLocalStorage(),
    sinks: { file: sink },
    loggers: [
      { category: 'shop', sinks: ['file'], lowestLevel: 'debug' },
      { category: ['logtape', 'meta'], sinks: [] },
    ],
  });
  const logger = logtape.getLogger(['shop', 'parcels']);
  return {
    middleware(_req, res, next) {
      const context = { requestId: randomUUID() };
      res.once('close', () => sink.discard({ context }));
      logtape.withContext(context, next);
    },
    info: (_req, id, message) => logger.info(message, { id }),
    debug: (_req, id, step) => logger.debug('parcel checked', { id, step }),
    error: (error) => logger.error('parcel lost', { error }),
    close: () => logtape.resetSync(),
  };
}
