/** Compatibility with copies of the package from before 0.1.0, which share objects of their classes instead of data. */
import { globalSlots, globalState } from './global-state';

/** Replaces all members of `from` by accessors that read, change and call the members of `to`. */
export function forward(from: object, to: object): void {
  const names = new Set<PropertyKey>(Object.keys(to));
  for (
    let at = Reflect.getPrototypeOf(to);
    at !== null && at !== Object.prototype;
    at = Reflect.getPrototypeOf(at)
  )
    for (const name of Reflect.ownKeys(at)) names.add(name);
  names.delete('constructor');
  for (const name of names) {
    Object.defineProperty(from, name, {
      configurable: true,
      get: (): unknown => {
        const value: unknown = Reflect.get(to, name);
        return typeof value === 'function' ? (value.bind(to) as unknown) : value;
      },
      set: (value: unknown): void => {
        Reflect.set(to, name, value);
      },
    });
  }
}

/**
 * An earlier copy looks up an object by its name and calls its methods. If it is loaded after this copy, it finds `own`. If
 * it was loaded before this copy, `adopt` copies the content of its object to `own`, and its object then forwards to `own`.
 */
export function replaceShared<T extends object>(
  name: 'manager' | 'open-handlers' | 'diagnostics',
  own: T,
  adopt: (earlier: T) => void = () => undefined,
): void {
  const replaced = globalState('replaced', () => new Set<string>());
  if (replaced.has(name)) return;
  replaced.add(name);
  const slots = globalSlots();
  const earlier = slots.get(name);
  slots.set(name, own);
  if (earlier === undefined) return;
  // Its class has the same public members as the class of `own`.
  adopt(earlier as T);
  forward(earlier, own);
}
