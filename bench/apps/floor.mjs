/**
 * The ideal, plus the necessary parts of a request scope: the request id from a header, which is returned in the response; a
 * scope that is found from the request and from the async context; a list of the open scopes; and the end of the scope, when the
 * response is sent or the client has disconnected.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import { batchedFile } from '../harness/batched-file.mjs';
import { isoTime } from '../harness/iso-time.mjs';

const SCOPE = Symbol('scope');
const OPEN = Symbol('open scopes');
const REQUEST_ID = /^[\w.:+/=@~;|,#-]{1,256}$/;

/** A record has only the data of its line. */
function leanRecord(_scope, id, step) {
  return { created: Date.now(), id, step };
}

export const create = (job) => createFloor(job, leanRecord);

/** `makeRecord(scope, id, step)` returns the held record of a DEBUG call. */
export function createFloor({ file }, makeRecord) {
  const out = batchedFile(file);
  const storage = new AsyncLocalStorage();
  const live = new Set();
  const write = (scope, level, created, message, fields) =>
    out.write(
      `{"time":"${isoTime(created)}","level":"${level}","name":"shop.parcels","message":"${message}","requestId":"${scope.id}",${JSON.stringify(fields).slice(1)}\n`,
    );
  const dump = (scope) => {
    for (const { created, id, step, args } of scope.records)
      write(scope, 'DEBUG', created, 'parcel checked', args?.[0] ?? { id, step });
    const { message, stack } = scope.error;
    write(scope, 'ERROR', Date.now(), message, { stack });
  };
  const settle = (scope, status) => {
    if (scope.settled) return;
    scope.settled = true;
    live.delete(scope);
    scope.connection.delete(scope);
    if (status >= 500) dump(scope);
    scope.records = undefined;
    scope.connection = undefined;
  };
  subscribe('http.server.response.finish', ({ request, response }) => {
    const scope = request[SCOPE];
    if (scope !== undefined) settle(scope, response.statusCode);
  });
  const openScopesOf = (socket) => {
    if (socket[OPEN] !== undefined) return socket[OPEN];
    const scopes = (socket[OPEN] = new Set());
    socket.once('close', () => {
      for (const scope of scopes) settle(scope, 499);
    });
    return scopes;
  };
  return {
    middleware(req, res, next) {
      const inbound = req.headers['x-request-id'];
      const id = inbound !== undefined && REQUEST_ID.test(inbound) ? inbound : randomUUID();
      const connection = openScopesOf(req.socket);
      const scope = {
        id,
        startedAt: Date.now(),
        records: [],
        seq: 0,
        error: undefined,
        settled: false,
        connection,
      };
      req[SCOPE] = scope;
      live.add(scope);
      connection.add(scope);
      res.setHeader('x-request-id', id);
      storage.run(scope, next);
    },
    info: (_req, id, message) => write(storage.getStore(), 'INFO', Date.now(), message, { id }),
    debug(_req, id, step) {
      const scope = storage.getStore();
      scope.records.push(makeRecord(scope, id, step));
    },
    error: (error) => {
      storage.getStore().error = error;
    },
    close: out.close,
  };
}
