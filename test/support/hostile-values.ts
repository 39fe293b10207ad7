/** Values that throw when they are read. Applications have passed each of them to a logger. */
import { inspect } from 'node:util';
import { createDraft, finishDraft, immerable } from 'immer';

const refuse = (): never => {
  throw new Error('refused');
};

export function revokedProxy(target: object = {}): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

class Cart {
  static [immerable] = true;
  items = ['tea'];
}

/** A revoked proxy, such as the draft of a reducer after it has returned. */
function revokedDraft(): object {
  const draft = createDraft(new Cart());
  draft.items.push('milk');
  finishDraft(draft);
  return draft;
}

/** Created for each test, and never passed to the test runner, which would read them. */
export const HOSTILE_VALUES: Readonly<Record<string, () => object>> = {
  'a revoked Proxy': () => revokedProxy(),
  'a draft of immer that is finished': revokedDraft,
  'a Proxy whose getPrototypeOf throws': () => new Proxy({}, { getPrototypeOf: refuse }),
  'a Proxy whose traps all throw': () =>
    new Proxy({}, { getPrototypeOf: refuse, ownKeys: refuse, get: refuse, has: refuse }),
  'a getter that throws': () => ({
    get id(): number {
      return refuse();
    },
  }),
  'an inspection that throws': () => ({ [inspect.custom]: refuse }),
  'an Error whose properties throw': () => {
    const error = new Error('x');
    for (const key of ['stack', 'name', 'message', 'cause', 'code', 'status'])
      Object.defineProperty(error, key, { get: refuse });
    return error;
  },
};
