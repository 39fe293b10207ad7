/** LogTape with a file; its `fingersCrossed` with one buffer per implicit context corresponds to a scope. */
import { AsyncLocalStorage } from 'node:async_hooks';
import * as logtape from '@logtape/logtape';
import { batchedFile, directFile } from '../harness/batched-file.mjs';
import { logtapeFile } from '../harness/logtape-file.mjs';

export const title = 'LogTape';

function configure(sink, lowestLevel) {
  logtape.configureSync({
    reset: true,
    contextLocalStorage: new AsyncLocalStorage(),
    sinks: { file: sink },
    loggers: [
      { category: 'shop', sinks: ['file'], lowestLevel },
      { category: ['logtape', 'meta'], sinks: [] },
    ],
  });
  return logtape.getLogger(['shop', 'orders']);
}

function open(formatter, openFile, log) {
  return (file) => {
    const logger = configure(logtapeFile(openFile(file), formatter), 'info');
    return { log: (i) => log(logger, i), close: () => logtape.resetSync() };
  };
}

const json = (logger, i) => logger.info('order packed', { orderId: i, user: 'u-4711', ms: 12.5 });
const text = (logger, i) => logger.info('order o-{i} packed in {ms} ms', { i, ms: 12 });

export const emitters = {
  'json batched': open(logtape.jsonLinesFormatter, batchedFile, json),
  'json on return': open(logtape.jsonLinesFormatter, directFile, json),
  'text batched': open(logtape.defaultTextFormatter, batchedFile, text),
  'text on return': open(logtape.defaultTextFormatter, directFile, text),
};

export function disabled() {
  const logger = configure(() => {}, 'info');
  return (i) => logger.debug('order {id} step {i}', { id: 'o-1', i });
}

export function buffer(file) {
  const sink = logtape.fingersCrossed(logtapeFile(batchedFile(file), logtape.jsonLinesFormatter), {
    isolateByContext: { keys: ['requestId'] },
    bufferLevel: 'debug',
    maxBufferSize: 1000,
  });
  const logger = configure(sink, 'debug');
  let unit = 0;
  const fill = (count) => {
    for (let i = 0; i < count; i++) logger.debug('order {id} step {i}', { id: 'o-1', i });
  };
  const fail = (count) => {
    fill(count);
    logger.error('order lost: {error}', { error: new Error('order lost') });
  };
  return {
    unit(count, failed) {
      const context = { requestId: `r-${unit++}` };
      logtape.withContext(context, () => (failed ? fail : fill)(count));
      sink.discard({ context });
    },
    hold(count) {
      logtape.withContext({ requestId: `r-${unit++}` }, () => fill(count));
    },
    close: () => logtape.resetSync(),
  };
}
