/** One outgoing HTTP request of a scope, and the texts of its records. */
import { errorCode } from '../../internal/error-code';
import { readProperty } from '../../internal/foreign';
import { pathOf } from '../exchange';
import { startOperation, type Operation } from '../operation';
import type { LogScope } from '../scope';

/** Where a request goes. */
export interface Destination {
  readonly method: string;
  /** `http:` or `https:` */
  readonly protocol: string;
  /** With the port, unless it is the default one. */
  readonly host: string;
  /** Path and query. */
  readonly target: string;
}

/** The part of an answer that is logged. */
export interface AnswerHead {
  readonly status: number;
  /** A header by its name in lower case. */
  readonly header: (name: string) => string | undefined;
}

/** Characters of a path or query that are printed. */
const MAX_PATH = 1024;

/** `?page=***&***`: the names stay, the values are masked, and so is a parameter without a value. */
export function maskQuery(target: string): string {
  const start = target.indexOf('?');
  if (start === -1) return '';
  const [query = ''] = target.slice(start + 1, start + MAX_PATH).split('#');
  if (query === '') return '?';
  const masked = query.split('&').map((part) => {
    const end = part.indexOf('=');
    return end === -1 ? '***' : `${part.slice(0, end)}=***`;
  });
  return `?${masked.join('&')}`;
}

/** `ECONNRESET`, or the name of an Error without a code. */
function causeOf(error: unknown): string {
  const name = readProperty(error, 'name');
  return errorCode(error) ?? (typeof name === 'string' ? name : 'unknown error');
}

function bytesOf({ header }: AnswerHead): number | undefined {
  const length = Number(header('content-length') ?? NaN);
  return Number.isNaN(length) ? undefined : length;
}

/** An outgoing request that is not finished. It logs one record when it has been answered or has failed. */
export class HttpCall {
  readonly scope: LogScope;
  private readonly to: Destination;
  private readonly operation: Operation | undefined;
  private answer: AnswerHead | undefined = undefined;

  constructor(scope: LogScope, to: Destination) {
    this.scope = scope;
    this.to = to;
    this.operation = startOperation('http.client', () => this.describe(), scope);
  }

  answered(answer: AnswerHead): void {
    this.answer = answer;
  }

  end(): void {
    const { operation, answer } = this;
    if (operation === undefined) return;
    const { elapsedMs } = operation;
    operation.end('%s %d %d ms', [this.url(), answer?.status, elapsedMs, this.fields(elapsedMs)]);
  }

  fail(error: unknown): void {
    const { operation } = this;
    if (operation === undefined) return;
    const { elapsedMs } = operation;
    const code = causeOf(error);
    const fields = { ...this.fields(elapsedMs), code };
    operation.end('%s failed after %d ms: %s', [this.describe(), elapsedMs, code, fields]);
  }

  private fields(durationMs: number): Readonly<Record<string, unknown>> {
    const { method, host } = this.to;
    const fields: Record<string, unknown> = { method, host, path: this.path() };
    const { answer } = this;
    if (answer !== undefined) fields['status'] = answer.status;
    fields['durationMs'] = durationMs;
    if (answer === undefined) return fields;
    const bytes = bytesOf(answer);
    if (bytes !== undefined) fields['bytes'] = bytes;
    const headers = this.headersOf(answer);
    if (headers !== undefined) fields['headers'] = headers;
    return fields;
  }

  private headersOf({ header }: AnswerHead): Readonly<Record<string, string>> | undefined {
    const { outgoingHttp } = this.scope.options;
    if (outgoingHttp === false || outgoingHttp.headers.length === 0) return undefined;
    const found = outgoingHttp.headers.map((name) => [name, header(name)] as const);
    return Object.fromEntries(found.filter((entry): entry is [string, string] => entry[1] !== undefined));
  }

  private path(): string {
    return pathOf(this.to.target).slice(0, MAX_PATH);
  }

  private url(): string {
    const { method, protocol, host, target } = this.to;
    return `${method} ${protocol}//${host}${this.path()}${maskQuery(target)}`;
  }

  /** The request, with its status if the answer has begun. */
  private describe(): string {
    return this.answer === undefined ? this.url() : `${this.url()} ${this.answer.status}, body`;
  }
}
