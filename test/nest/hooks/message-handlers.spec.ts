/** What test/packed/transports.spec.ts does not show of the real classes, on classes that are built like them. */
import 'reflect-metadata';
import { afterEach, describe, expect, it } from 'vitest';
import { currentScope, type LogScope } from '../../../lib/logging';
import { unwrapAll } from '../../../lib/nest/hooks/wrap-method';
import { MESSAGE_TRANSPORTS } from '../../../lib/nest/message-transports';
import { installMessageHooks } from '../../../lib/nest/hooks/message-handlers';
import { capturedStderr } from '../../support/captured-stderr';
import { liveApplication } from './live-modules';

type Handle = (...args: unknown[]) => unknown;
type Seen = { readonly scope: LogScope | undefined; readonly error?: unknown };

class RpcProxy {
  create(target: Handle, filters: { handle: Handle }): Handle {
    return async (...args) => {
      try {
        return await target(...args);
      } catch (error) {
        return filters.handle(error);
      }
    };
  }
}

/** As Nest's: it asks its own proxy to put the filters around the handler. */
function creatorClass(seen: Seen[]) {
  return class RpcContextCreator {
    readonly rpcProxy = new RpcProxy();
    readonly guardsContextCreator: object;

    constructor(modules: object) {
      this.guardsContextCreator = { container: { getModules: () => modules } };
    }

    create(instance: object, callback: Handle): Handle {
      const handle = (error: unknown): unknown => seen.push({ scope: currentScope(), error });
      return this.rpcProxy.create(async (...args) => callback.apply(instance, args), { handle });
    }
  };
}

async function hooked(seen: Seen[] = []) {
  const RpcContextCreator = creatorClass(seen);
  await installMessageHooks((file) =>
    file === MESSAGE_TRANSPORTS[0]?.file ? { RpcContextCreator } : undefined,
  );
  return RpcContextCreator;
}

afterEach(unwrapAll);

describe('installMessageHooks', () => {
  it('marks an Error before the filters see it, which run in the scope too', async () => {
    const seen: Seen[] = [];
    const creator = new (await hooked(seen))(liveApplication().modules);
    const error = new Error('broken on purpose');

    await creator.create({}, () => {
      throw error;
    })();

    expect(seen).toEqual([{ scope: expect.objectContaining({ error, settled: true }) as unknown, error }]);
  });

  it('leaves a handler as it is where the application has switched scopes off', async () => {
    const creator = new (await hooked())(liveApplication(false).modules);

    expect(await creator.create({}, () => currentScope())()).toBeUndefined();
  });

  it('leaves the handlers of an application without the module as they are', async () => {
    liveApplication();
    const creator = new (await hooked())(new Map());

    expect(await creator.create({}, () => currentScope())()).toBeUndefined();
  });

  it('says so, and leaves the handler as it is, where Nest is built otherwise', async () => {
    const stderr = capturedStderr();
    class RpcContextCreator {
      readonly guardsContextCreator: object;

      constructor(modules: object) {
        this.guardsContextCreator = { container: { getModules: () => modules } };
      }

      create(_instance: object, callback: Handle): Handle {
        return callback;
      }
    }
    await installMessageHooks(() => ({ RpcContextCreator }));

    const scope = new RpcContextCreator(liveApplication().modules).create({}, () => currentScope())();

    expect(scope).toBeUndefined();
    expect(stderr.text).toContain('messages (rpc): they get no scope');
  });

  it('says which messages get no scope when a package cannot be loaded', async () => {
    const stderr = capturedStderr();

    await installMessageHooks(() => {
      throw new Error('cannot be loaded');
    });

    expect(stderr.text).toContain('messages (rpc) get no scope');
  });

  it('does nothing where neither package is installed', async () => {
    const stderr = capturedStderr();

    await installMessageHooks();

    expect(stderr.text).toBe('');
  });
});
