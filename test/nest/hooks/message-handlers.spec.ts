/** The hook on classes that are built as Nest's; the real ones are hooked in test/packed. */
import 'reflect-metadata';
import { describe, expect, it, onTestFinished } from 'vitest';
import { currentScope, type LogScope } from '../../../lib/logging';
import { ApplicationLogs } from '../../../lib/nest/application-logs';
import { checkOptions } from '../../../lib/nest/check-options';
import { liveApplications } from '../../../lib/nest/live-applications';
import { MESSAGE_TRANSPORTS } from '../../../lib/nest/message-transports';
import { installMessagesHook } from '../../../lib/nest/hooks/message-handlers';
import type { RequestLogOptions } from '../../../lib/nest/logging.options';
import { capturedStderr } from '../../support/captured-stderr';

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

function application(logIfErrors: RequestLogOptions | false): object {
  const modules = new Map();
  const logs = liveApplications.add(
    (tree) => new ApplicationLogs(tree, checkOptions({ logIfErrors }), new Map()),
  );
  liveApplications.bind(modules, logs);
  onTestFinished(() => {
    logs.release();
    liveApplications.remove(logs);
  });
  return modules;
}

async function hooked(seen: Seen[] = []) {
  const RpcContextCreator = creatorClass(seen);
  await installMessagesHook((file) =>
    file === MESSAGE_TRANSPORTS[0]?.file ? { RpcContextCreator } : undefined,
  );
  return RpcContextCreator;
}

describe('installMessagesHook', () => {
  it('runs a handler in a scope of its application, which is over with it', async () => {
    const creator = new (await hooked())(application({ capacity: 7 }));

    const scope = (await creator.create({}, () => currentScope())()) as LogScope | undefined;

    expect(scope).toMatchObject({ kind: 'rpc', settled: true, error: undefined, options: { capacity: 7 } });
  });

  it('marks an Error before the filters see it, which run in the scope too', async () => {
    const seen: Seen[] = [];
    const creator = new (await hooked(seen))(application({}));
    const error = new Error('broken on purpose');

    await creator.create({}, () => {
      throw error;
    })();

    expect(seen).toEqual([{ scope: expect.objectContaining({ error, settled: true }) as unknown, error }]);
  });

  it.each<[string, RequestLogOptions | false]>([
    ['the application has switched scopes off', false],
    ['the options exclude the message', { exclude: () => true }],
  ])('leaves a handler as it is where %s', async (_where, logIfErrors) => {
    const creator = new (await hooked())(application(logIfErrors));

    expect(await creator.create({}, () => currentScope())()).toBeUndefined();
  });

  it('leaves the handlers of an application without the module as they are', async () => {
    application({});
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
    await installMessagesHook(() => ({ RpcContextCreator }));

    const scope = new RpcContextCreator(application({})).create({}, () => currentScope())();

    expect(scope).toBeUndefined();
    expect(stderr.text).toContain('messages (rpc): they get no scope');
  });

  it('wraps once, however often it is installed', async () => {
    const Creator = creatorClass([]);
    const load = (): unknown => ({ RpcContextCreator: Creator });
    await installMessagesHook(load);
    const { create } = Creator.prototype;

    await installMessagesHook(load);

    expect(Creator.prototype.create).toBe(create);
  });

  it('says which messages get no scope when a package cannot be loaded', async () => {
    const stderr = capturedStderr();

    await installMessagesHook(() => {
      throw new Error('cannot be loaded');
    });

    expect(stderr.text).toContain('messages (rpc) get no scope');
  });

  it('does nothing where neither package is installed', async () => {
    const stderr = capturedStderr();

    await installMessagesHook();

    expect(stderr.text).toBe('');
  });
});
