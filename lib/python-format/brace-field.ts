/** The expression in braces: a field's name, then steps into its value by `.key` and `[key]`. */
import { FormatError } from '../errors';
import type { FieldReader } from './format-style';
import { codePoints, cutCodePoints, fieldKind, pythonRepr, pythonType, type FieldKind } from './python-text';

interface Step {
  readonly key: string;
  readonly index: boolean;
}

export interface FieldPath {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Why the expression cannot be followed. */
  readonly failure: string | undefined;
}

const STEP = /\.([^.[]*)|\[([^\]]*)(\])?/y;

function parseSteps(text: string): { readonly steps: readonly Step[]; readonly failure: string | undefined } {
  const steps: Step[] = [];
  let at = 0;
  while (at < text.length) {
    STEP.lastIndex = at;
    const match = STEP.exec(text);
    if (match === null) return { steps, failure: "Only '.' or '[' may follow ']' in format field specifier" };
    const key = match[1] ?? match[2] ?? '';
    if (match[1] === undefined && match[3] === undefined)
      return { steps, failure: "Missing ']' in format string" };
    if (key === '') return { steps, failure: 'Empty attribute in format string' };
    steps.push({ key, index: match[1] === undefined });
    at = STEP.lastIndex;
  }
  return { steps, failure: undefined };
}

/** `args[0].id` → name `args`, steps `0` and `id`. A number or nothing as name is a positional argument: there are none. */
export function parseFieldPath(expression: string): FieldPath {
  const end = expression.search(/[.[]/);
  const name = end === -1 ? expression : expression.slice(0, end);
  const { steps, failure } = parseSteps(end === -1 ? '' : expression.slice(end));
  const position = name === '' ? '0' : name;
  return /^\d+$/.test(position)
    ? { name, steps, failure: `Replacement index ${Number(position)} out of range for positional args tuple` }
    : { name, steps, failure };
}

function itemOf(sequence: string | readonly unknown[], step: Step, typeName: string): unknown {
  if (!/^\d+$/.test(step.key)) {
    const got = typeName === 'str' ? "'str'" : 'str';
    const noun =
      typeName === 'str'
        ? 'string indices must be integers'
        : `${typeName} indices must be integers or slices`;
    throw new FormatError(`${noun}, not ${got}`);
  }
  const index = Number(step.key);
  if (typeof sequence !== 'string') {
    if (index < sequence.length) return sequence[index];
  } else if (index < codePoints(sequence)) {
    return String.fromCodePoint(sequence.codePointAt(cutCodePoints(sequence, index).length) ?? 0);
  }
  throw new FormatError(`${typeName === 'str' ? 'string' : typeName} index out of range`);
}

/** Own properties only: a format string that a user can write must not reach methods, getters of classes or prototypes. */
function follow(value: unknown, step: Step, kind: FieldKind): unknown {
  const typeName = pythonType(value, kind);
  if (step.index && (typeof value === 'string' || Array.isArray(value))) return itemOf(value, step, typeName);
  if (step.index && value instanceof Map) {
    if (value.has(step.key)) return value.get(step.key);
    if (value.has(Number(step.key))) return value.get(Number(step.key));
  } else if (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.hasOwn(value, step.key)
  ) {
    return Reflect.get(value, step.key);
  }
  if (!step.index) throw new FormatError(`'${typeName}' object has no attribute '${step.key}'`);
  throw new FormatError(
    typeName === 'dict'
      ? `Formatting field not found in record: ${pythonRepr(step.key)}`
      : `'${typeName}' object is not subscriptable`,
  );
}

/** The value the expression leads to, and what it is in Python. */
export function readFieldPath(
  path: FieldPath,
  read: FieldReader,
): { readonly value: unknown; readonly kind: FieldKind } {
  if (path.failure !== undefined) throw new FormatError(path.failure);
  let kind = fieldKind(path.name);
  let value = read(path.name);
  for (const step of path.steps) {
    value = follow(value, step, kind);
    kind = undefined;
  }
  return { value, kind };
}
