/** Stands for an object of the configuration until it has been made. */
import { isPlainObject } from '../internal/foreign';

/** What `cfg://handlers.file`, or a handler's name as the target of another, is until the handlers are made. */
export class MadeReference {
  readonly section: 'formatters' | 'filters' | 'handlers';
  readonly name: string;

  constructor(section: MadeReference['section'], name: string) {
    this.section = section;
    this.name = name;
  }
}

/** A copy of a value in which each reference is replaced by what `find` returns for it. */
export function replaceReferences(value: unknown, find: (reference: MadeReference) => unknown): unknown {
  if (value instanceof MadeReference) return find(value);
  if (Array.isArray(value)) return value.map((item: unknown) => replaceReferences(item, find));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaceReferences(item, find)]));
}

/** The references in a value, at any depth. */
export function referencesIn(value: unknown): readonly MadeReference[] {
  const found: MadeReference[] = [];
  replaceReferences(value, (reference) => found.push(reference));
  return found;
}
