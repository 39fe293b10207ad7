/** Wraps methods of Nest, each one once, and keeps the list of them. */

type Method = (...args: never[]) => unknown;

/** The names of the methods of T. Optional methods count. */
type MethodName<T> = { [N in keyof T]-?: NonNullable<T[N]> extends Method ? N : never }[keyof T] & string;

type MethodOf<T, N extends keyof T> = Extract<NonNullable<T[N]>, Method>;

/** Runs in place of a method. It gets the original, `this` and the arguments, and calls the original itself. */
type Around<T, M extends Method> = (original: M, self: T, args: Parameters<M>) => ReturnType<M>;

/** One wrapped method. @internal */
export interface WrappedMethod {
  /** Such as `ExceptionsHandler`. */
  readonly className: string;
  readonly methodName: string;
  /** The function that was there before. */
  readonly original: unknown;
}

interface Entry extends WrappedMethod {
  readonly target: object;
  readonly wrapper: unknown;
  /** The target's own property; undefined if the method was inherited. */
  readonly descriptor: PropertyDescriptor | undefined;
  /** Set to false by `unwrapAll()`. The wrapper then only calls the original. */
  isActive: boolean;
}

/** The methods that this copy of the package has wrapped. A second copy wraps the same methods for its own applications. */
const entries: Entry[] = [];

/**
 * Replaces a method of a prototype, or of one object, by a function that calls `around`. Does nothing if this copy of the
 * package has already wrapped the method.
 *
 * @returns false if the target has no such method
 */
export function wrapMethod<T extends object, N extends MethodName<T>>(
  target: T,
  methodName: N,
  around: Around<T, MethodOf<T, N>>,
): boolean {
  type M = MethodOf<T, N>;
  if (entries.some((entry) => entry.target === target && entry.methodName === methodName)) return true;
  const original = target[methodName] as M | undefined;
  if (original === undefined) return false;
  const wrapper = function (this: T, ...args: Parameters<M>): ReturnType<M> {
    if (entry.isActive) return around(original, this, args);
    return Reflect.apply(original, this, args) as ReturnType<M>;
  };
  const entry: Entry = {
    className: target.constructor.name,
    methodName,
    original,
    target,
    wrapper,
    descriptor: Object.getOwnPropertyDescriptor(target, methodName),
    isActive: true,
  };
  target[methodName] = wrapper as unknown as T[N];
  entries.push(entry);
  return true;
}

/** The methods that are wrapped now, in the order in which they were wrapped. @internal */
export function wrappedMethods(): readonly WrappedMethod[] {
  return [...entries];
}

/**
 * Restores the original methods, for tests. If other code has wrapped a method after us, its wrapper stays, and our wrapper
 * only calls the original.
 *
 * @internal
 */
export function unwrapAll(): void {
  for (const entry of entries.splice(0).toReversed()) {
    const { target, methodName, wrapper, descriptor } = entry;
    entry.isActive = false;
    if (Object.getOwnPropertyDescriptor(target, methodName)?.value !== wrapper) continue;
    if (descriptor === undefined) Reflect.deleteProperty(target, methodName);
    else Object.defineProperty(target, methodName, descriptor);
  }
}
