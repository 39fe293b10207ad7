/** What test/packed/transports.spec.ts does not show with the real RpcContextCreator. */
import 'reflect-metadata';
import { afterEach, describe, expect, it } from 'vitest';
import { currentScope } from '../../../lib/logging';
import { installMessageHooks } from '../../../lib/nest/hooks/message-handlers';
import { unwrapAll } from '../../../lib/nest/hooks/wrap-method';
import { capturedStderr } from '../../support/captured-stderr';
import { liveApplication } from '../../support/live-application';

type Handle = (...args: unknown[]) => unknown;

/** The scope that a handler runs in. `proxy`: what the class has as `rpcProxy`. */
async function scopeOfHandler(modules: object, proxy?: object): Promise<unknown> {
  class RpcContextCreator {
    readonly rpcProxy = proxy;
    readonly guardsContextCreator = { container: { getModules: () => modules } };

    create(_instance: object, callback: Handle): Handle {
      return callback;
    }
  }
  await installMessageHooks(() => ({ RpcContextCreator }));
  return new RpcContextCreator().create({}, () => currentScope())();
}

afterEach(unwrapAll);

describe('installMessageHooks', () => {
  it('does not change the handlers of an application whose scopes are switched off', async () => {
    expect(await scopeOfHandler(liveApplication(false).modules, {})).toBeUndefined();
  });

  it('does not change the handlers of an application without LoggingModule', async () => {
    liveApplication();

    expect(await scopeOfHandler(new Map(), {})).toBeUndefined();
  });

  it('reports an unsupported release of Nest, and does not change its handlers', async () => {
    const stderr = capturedStderr();

    expect(await scopeOfHandler(liveApplication().modules)).toBeUndefined();

    expect(stderr.text).toContain('messages (rpc): they get no scope: this release of Nest is not supported');
  });

  it('reports which messages get no scope if a package cannot be loaded', async () => {
    const stderr = capturedStderr();

    await installMessageHooks(() => {
      throw new Error('cannot be loaded');
    });

    expect(stderr.text).toContain('messages (rpc) get no scope');
  });

  it('does nothing if neither package is installed', async () => {
    const stderr = capturedStderr();

    await installMessageHooks();

    expect(stderr.text).toBe('');
  });
});
