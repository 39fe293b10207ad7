/** Keeps what comes with the body of a request in the request's scope. */
import { contextStorage } from '../core/record-context';
import type { LogScope } from './log-scope';
import { currentScope } from './scope-storage';

/** What is used of Node's IncomingMessage. */
export interface BodyRequest {
  readonly method?: string | undefined;
  readonly httpVersionMajor?: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  emit?(event: string | symbol, ...args: readonly unknown[]): boolean;
}

function mayHaveBody({ method, headers, httpVersionMajor = 1 }: BodyRequest): boolean {
  const length = headers['content-length'];
  if (length !== undefined) return length !== '0';
  if (headers['transfer-encoding'] !== undefined) return true;
  // HTTP/2 needs neither header.
  return httpVersionMajor > 1 && method !== 'GET' && method !== 'HEAD';
}

/**
 * Node's parser emits the events of a body in the context of the connection, which is none, or that of an earlier request.
 * The listeners of a request, such as the callbacks of multer, run in its scope instead, or in the one inside it that emits.
 */
export function keepBodyInScope(request: BodyRequest, scope: LogScope): void {
  // eslint-disable-next-line typescript/unbound-method -- called with the request's own `this`
  const { emit } = request;
  if (emit === undefined || !mayHaveBody(request)) return;
  request.emit = function emitInScope(this: BodyRequest, ...args): boolean {
    if (currentScope()?.work === scope.work) return emit.apply(this, args);
    return contextStorage.run(scope, () => emit.apply(this, args));
  };
}
