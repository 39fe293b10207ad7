/** Stands for an object of the configuration until it has been made. */
import { isPlainObject } from '../internal/foreign';

/** What `cfg://handlers.file`, or a handler's name as the target of another, is until the handlers are made. */
export class SectionRef {
  readonly section: 'formatters' | 'filters' | 'handlers';
  readonly name: string;

  constructor(section: SectionRef['section'], name: string) {
    this.section = section;
    this.name = name;
  }
}

/** Levels of objects, lists and references below each other. Everything that reads a configuration recurses. */
export const MAX_DEPTH = 100;

/**
 * Replaces each reference by what `find` returns for it. A value with references is copied, a value without any is
 * returned as it is. Objects of the program, which `ext://` names, have no references: they may contain themselves, may
 * have any depth, and are never copied.
 */
export function replaceReferences(value: unknown, find: (reference: SectionRef) => unknown): unknown {
  /** What was made of the containers that were met. */
  const seen = new Map<object, unknown>();
  const replace = (value: unknown, depth: number): unknown => {
    if (value instanceof SectionRef) return find(value);
    if ((!Array.isArray(value) && !isPlainObject(value)) || depth > MAX_DEPTH) return value;
    if (seen.has(value)) return seen.get(value);
    seen.set(value, value);
    const entries = Object.entries(value).map(([key, item]) => [key, replace(item, depth + 1)] as const);
    const isChanged = entries.some(([key, item]) => item !== (value as Record<string, unknown>)[key]);
    if (!isChanged) return value;
    const copy = Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries);
    seen.set(value, copy);
    return copy;
  };
  return replace(value, 0);
}

/** The references in a value, at any depth. */
export function referencesIn(value: unknown): readonly SectionRef[] {
  const found: SectionRef[] = [];
  replaceReferences(value, (reference) => {
    found.push(reference);
    return reference;
  });
  return found;
}
