/** The data of a unit of work (a request, a message or a call): its ids, its title and its duration. */
import { inspect } from 'node:util';
import { activeSpan, type ActiveSpan } from '../core/active-span';
import type { Manager } from '../core/manager';
import type { RecordContext } from '../core/record-context';
import { currentThreadId, isMainThread } from '../internal/current-thread';
import { globalState } from '../internal/global-state';
import { spaceTag } from '../internal/process-space';
import { ClientLeft } from './client-left';
import { elapsedMs } from './dump';
import { pathOf, type HttpRequest, type HttpResponse } from './exchange';
import type { Admission } from './flood-limit';
import { idFields, outgoingHeaders, type InboundIds, type OutgoingHeaders } from './ids';
import type { ScopeKind, ScopeOutcome, ScopeRequest } from './options';
import type { Settlement } from './outcome';
import { ListedScope } from './scope-list';
import { addFields, type WorkFields } from './work-fields';

/** What a unit of work starts with. */
export interface WorkInit {
  /** Fields printed on each record, in addition to those of the parent. */
  readonly fields?: WorkFields | undefined;
  /** A name for the work, such as `Orders.place`. @defaultValue the kind */
  readonly title?: string | undefined;
}

const numbers = globalState('scope-numbers', () => ({ last: 0 }));

/**
 * Unique over all machines, containers, processes and threads. The process id alone is not: in most containers it is 1. Created on
 * demand, because most scopes need no id.
 */
function scopeId(number: number): string {
  const parts = isMainThread() ? [process.pid, number] : [process.pid, currentThreadId(), number];
  return [spaceTag(), ...parts.map((part) => part.toString(36))].join('-');
}

const NO_FIELDS: WorkFields = {};

/** The fields of the outer work with the own fields. */
function joinFields(outer: WorkFields = NO_FIELDS, own: WorkFields = NO_FIELDS): WorkFields {
  if (own === NO_FIELDS) return outer;
  return outer === NO_FIELDS ? own : { ...outer, ...own };
}

/** The part of a scope that describes its work. Everything that a success does not need is created on demand. */
export abstract class UnitOfWork extends ListedScope {
  readonly kind: ScopeKind;
  /** The tree of loggers of the application. */
  readonly tree: Manager;
  /** ms since the epoch */
  readonly startedAt: number;
  /** The outer scope, if it belongs to another copy of the package. @internal */
  outer: RecordContext | undefined;
  /** The outermost of nested scopes. All of them use its `seq`, `admission` and `span`. @internal */
  work: UnitOfWork = this;
  /** Number of the last record, so that records keep their numbers in an outer scope. @internal */
  seq = 0;
  /** The last failure that was admitted or left out. @internal */
  admission: Admission | undefined = undefined;
  /** The span that was active when the work began. At its end none may be active. @internal */
  span: ActiveSpan | undefined = undefined;

  /** Set until the request is settled, like `response`. @internal */
  request: HttpRequest | undefined = undefined;
  /** @internal */
  response: HttpResponse | undefined = undefined;
  /** The data of a message, for the option `fields`. @internal */
  message: ScopeRequest | undefined = undefined;
  /** The method of a request, the title of other work. @internal */
  name: string | undefined = undefined;
  /** The target of a request, the pattern of a message. @internal */
  target = '';
  /** The ids of a request or message. @internal */
  ids: InboundIds | undefined = undefined;
  /** Created when an Error is noted or the client disconnects. @internal */
  clientLeft: ClientLeft | undefined = undefined;
  private readonly number: number;
  /** The outer scope, until this scope expires. @internal */
  parent: UnitOfWork | undefined = undefined;
  /** Whether fields were set in this scope or in an inner one after it began. @internal */
  hasNewFields = false;
  /** The fields of this scope alone; those of a request begin with its ids. */
  private ownFields: WorkFields | undefined = undefined;
  /** The fields of the outer scope that are part of `allFields`. */
  private outerFields: WorkFields | undefined = undefined;
  private allFields: WorkFields | undefined = undefined;

  /** @internal */
  constructor(kind: ScopeKind, tree: Manager, outer: RecordContext | undefined) {
    super();
    this.kind = kind;
    this.tree = tree;
    this.startedAt = tree.clock.now();
    this.outer = outer;
    this.number = ++numbers.last;
  }

  /** Printed on each record, such as `requestId` and `traceId`. The same object until a field changes. */
  get fields(): WorkFields {
    // Loops, because scopes can be nested too deeply for recursion.
    let isUpToDate = this.isUpToDate();
    for (let at = this.parent; isUpToDate && at !== undefined; at = at.parent) isUpToDate = at.isUpToDate();
    if (!isUpToDate) {
      const around: UnitOfWork[] = [];
      for (let at = this.parent; at !== undefined; at = at.parent) around.push(at);
      while (around.length > 0) around.pop()?.joinAll();
      this.joinAll();
    }
    return this.allFields ?? NO_FIELDS;
  }

  /**
   * Adds fields to the records of this scope and of its inner scopes, such as `{ userId, tenant }`. A held record is written with
   * the fields that are known at that time. A field that is not plain data, or has a reserved name, is reported and ignored.
   */
  set(fields: Readonly<Record<string, unknown>>): void {
    const known = this.given() ?? NO_FIELDS;
    const own = addFields(known, fields);
    if (own === known) return;
    this.ownFields = own;
    this.allFields = undefined;
    this.work.hasNewFields = true;
  }

  /** A name for the work, such as `GET /orders/13`. */
  get title(): string {
    const { kind, name, target } = this;
    if (name === undefined) return kind;
    return kind === 'http' ? `${name} ${pathOf(target)}` : name;
  }

  /** Unique over all machines, containers, processes and threads. */
  get id(): string {
    return scopeId(this.number);
  }

  /** Request id and trace as headers, for calls to other services. */
  headers(): OutgoingHeaders {
    const { ids } = this.work;
    return ids === undefined ? {} : outgoingHeaders(ids);
  }

  /** Recognises the Errors of a client that disconnects; undefined for work that is not a request. @internal */
  leaving(): ClientLeft | undefined {
    const { request, response } = this;
    if (request === undefined || response === undefined) return this.clientLeft;
    return (this.clientLeft ??= new ClientLeft(request, response));
  }

  [inspect.custom](): string {
    return `<${this.constructor.name} ${this.id} ${this.title}>`;
  }

  /** Starts a new unit of work, or a part of the parent's. */
  protected begin(parent: UnitOfWork | undefined, { fields, title }: WorkInit): void {
    this.name = title;
    if (parent === undefined) this.span = activeSpan();
    else this.work = parent.work;
    this.ownFields = fields;
  }

  /** Drops the references to the outer scopes. Records that an outer scope holds keep the fields. */
  protected leaveOuter(): void {
    if (this.parent !== undefined || this.outer !== undefined) this.ownFields = this.fields;
    this.parent = this.outer = undefined;
  }

  private given(): WorkFields | undefined {
    return (this.ownFields ??= this.ids && idFields(this.ids));
  }

  /** The fields of the scope around this one; after this scope has expired, those of the outermost scope. */
  private fieldsAround(): WorkFields | undefined {
    const { outer, parent, work } = this;
    if (outer !== undefined) return outer.fields;
    if (parent !== undefined) return parent.allFields;
    return work === this ? undefined : work.fields;
  }

  private isUpToDate(): boolean {
    return this.allFields !== undefined && this.fieldsAround() === this.outerFields;
  }

  private joinAll(): void {
    if (this.isUpToDate()) return;
    this.outerFields = this.fieldsAround();
    this.allFields = joinFields(this.outerFields, this.given());
  }

  /** The outcome of the work with this Error. */
  protected outcomeOf({ status, aborted = false }: Settlement, error: unknown): ScopeOutcome {
    const { kind, target } = this;
    const path = kind === 'http' ? pathOf(target) : target || undefined;
    return { kind, status, error, aborted, durationMs: elapsedMs(this), path };
  }
}
