/** Reads the requests and answers that undici publishes. They are its own objects, of the version in Node or of the package. */
import { contextStorage, type RecordContext } from '../../core/record-context';
import { readProperty } from '../../internal/foreign';
import type { AnswerHead, Destination } from './http-call';

/** The documented part of undici's request. */
export interface UndiciRequest {
  readonly method?: string;
  readonly origin?: string | URL;
  readonly path: string;
}

export interface UndiciResponse {
  readonly statusCode: number;
  /** Alternating names and values. */
  readonly headers: readonly unknown[];
}

/** The symbols under which copies of undici keep the handler of a request. */
const handlerKeys: symbol[] = [];

/** Copies of undici in one process. */
const MAX_COPIES = 8;

function handlerOf(request: object): unknown {
  for (const key of handlerKeys) if (key in request) return readProperty(request, key);
  if (handlerKeys.length === MAX_COPIES) return undefined;
  const key = Object.getOwnPropertySymbols(request).find(({ description }) => description === 'handler');
  if (key === undefined) return undefined;
  handlerKeys.push(key);
  return readProperty(request, key);
}

function getStore(): RecordContext | undefined {
  return contextStorage.getStore();
}

/**
 * The async context of the caller. A pool whose connections are all in use creates the request later, in the context of a
 * connection. The handlers of `request()`, `stream()` and `pipeline()` are AsyncResources, which keep the caller's context.
 */
export function contextOf(request: object): RecordContext | undefined {
  const handler = handlerOf(request);
  const run = readProperty(handler, 'runInAsyncScope');
  if (typeof run !== 'function') return getStore();
  return Reflect.apply(run, handler, [getStore]) as RecordContext | undefined;
}

const ORIGIN = /^(\w+:)\/\/(?:[^/?#]*@)?([^/?#]*)/;

export function destinationOf({ method = 'GET', origin, path }: UndiciRequest): Destination {
  const [, protocol = 'http:', host = ''] = ORIGIN.exec(String(origin)) ?? [];
  return { method, protocol, host, target: path };
}

export function headOf({ statusCode, headers }: UndiciResponse): AnswerHead {
  const header = (name: string): string | undefined => {
    for (let i = 0; i + 1 < headers.length; i += 2) {
      const given = headers[i] as string | Buffer;
      // The length first: `toString` of each name would take most of the time.
      if (given.length === name.length && given.toString().toLowerCase() === name)
        return String(headers[i + 1]);
    }
    return undefined;
  };
  return { status: statusCode, header };
}
