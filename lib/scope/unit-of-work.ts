/** A piece of work: a request, a message or a call, with its ids, its title and the time since its begin. */
import { inspect } from 'node:util';
import { isMainThread, threadId } from 'node:worker_threads';
import { activeSpan, type ActiveSpan } from '../core/active-span';
import type { Manager } from '../core/manager';
import type { RecordContext } from '../core/record-context';
import { globalState } from '../internal/global-state';
import { spaceTag } from '../internal/process-space';
import { ClientLeft } from './client-left';
import { elapsedMs } from './dump';
import { pathOf, type HttpRequest, type HttpResponse } from './exchange';
import type { Admission } from './flood-limit';
import { idFields, outgoingHeaders, type InboundIds, type OutgoingHeaders } from './ids';
import type { ScopeKind, ScopeOutcome } from './options';
import type { Settlement } from './outcome';
import { ListedScope } from './scope-list';

type ScopeFields = Readonly<Record<string, unknown>>;

/** What one unit of work begins with. */
export interface WorkInit {
  /** ScopeFields printed on each record, beside those of the parent. */
  readonly fields?: ScopeFields | undefined;
  /** What is done, such as `Orders.place`. @defaultValue the kind */
  readonly title?: string | undefined;
}

const numbers = globalState('scope-numbers', () => ({ last: 0 }));

/**
 * Unique among the processes of all machines and containers and their threads; made when asked for, as most scopes never
 * are. In most containers the process id is 1.
 */
function scopeId(number: number): string {
  const parts = isMainThread ? [process.pid, number] : [process.pid, threadId, number];
  return [spaceTag(), ...parts.map((part) => part.toString(36))].join('-');
}

const NO_FIELDS: ScopeFields = {};

/** Own fields beside those of the work around it. */
function joinFields(outer: ScopeFields = NO_FIELDS, own: ScopeFields = NO_FIELDS): ScopeFields {
  if (own === NO_FIELDS) return outer;
  return outer === NO_FIELDS ? own : { ...outer, ...own };
}

/** What a scope is about. Everything that a success does not need is made when it is asked for. */
export abstract class UnitOfWork extends ListedScope {
  readonly kind: ScopeKind;
  /** The tree of loggers that the application of the scope logs to. */
  readonly tree: Manager;
  /** ms since the epoch */
  readonly startedAt: number;
  /** Of another copy of the package: what it was opened in. @internal */
  outer: RecordContext | undefined;
  /** The outermost of the scopes inside one another; what follows it is what they share. @internal */
  work: UnitOfWork = this;
  /** Place of the last record, so that records handed outwards keep theirs. @internal */
  seq = 0;
  /** The last failure that was admitted or left out. @internal */
  admission: Admission | undefined = undefined;
  /** Active when the work began. At its end there may be none: the response is closed, the timer fired. @internal */
  span: ActiveSpan | undefined = undefined;

  /** Both until the request is settled. @internal */
  request: HttpRequest | undefined = undefined;
  /** @internal */
  response: HttpResponse | undefined = undefined;
  /** Method of a request, title of other work. @internal */
  name: string | undefined = undefined;
  /** Target of a request, pattern of a message. @internal */
  target = '';
  /** Of requests and messages. @internal */
  ids: InboundIds | undefined = undefined;
  /** Made when an Error comes, or the client leaves. @internal */
  clientLeft: ClientLeft | undefined = undefined;
  private readonly number: number;
  private allFields: ScopeFields | undefined = undefined;

  /** @internal */
  constructor(kind: ScopeKind, tree: Manager, outer: RecordContext | undefined) {
    super();
    this.kind = kind;
    this.tree = tree;
    this.startedAt = tree.clock.now();
    this.outer = outer;
    this.number = ++numbers.last;
  }

  /** Printed on each record, such as `requestId` and `traceId`. */
  get fields(): ScopeFields {
    return (this.allFields ??= joinFields(this.outer?.fields, this.ids && idFields(this.ids)));
  }

  /** What is done, such as `GET /orders/13`. */
  get title(): string {
    const { kind, name, target } = this;
    if (name === undefined) return kind;
    return kind === 'http' ? `${name} ${pathOf(target)}` : name;
  }

  /** Unique among the processes of all machines and containers, and their threads. */
  get id(): string {
    return scopeId(this.number);
  }

  /** Request id and trace, to be sent along to the services that the work calls. */
  headers(): OutgoingHeaders {
    const { ids } = this.work;
    return ids === undefined ? {} : outgoingHeaders(ids);
  }

  /** What tells the Errors of a client that leaves; undefined of all but requests. @internal */
  leaving(): ClientLeft | undefined {
    const { request, response } = this;
    if (request === undefined || response === undefined) return this.clientLeft;
    return (this.clientLeft ??= new ClientLeft(request, response));
  }

  [inspect.custom](): string {
    return `<${this.constructor.name} ${this.id} ${this.title}>`;
  }

  /** Begins work of its own, or a part of other work. */
  protected begin(parent: UnitOfWork | undefined, { fields, title }: WorkInit): void {
    this.name = title;
    if (parent === undefined) this.span = activeSpan();
    else this.work = parent.work;
    if (parent !== undefined || fields !== undefined)
      this.allFields = joinFields(this.outer?.fields ?? parent?.fields, fields);
  }

  /** How the work ended, or would have with another Error. */
  protected outcomeOf({ status, aborted = false }: Settlement, error: unknown): ScopeOutcome {
    const { kind, target } = this;
    const path = kind === 'http' ? pathOf(target) : target || undefined;
    return { kind, status, error, aborted, durationMs: elapsedMs(this), path };
  }
}
