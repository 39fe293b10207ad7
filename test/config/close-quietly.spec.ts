import { describe, expect, it } from 'vitest';
import { closeQuietly } from '../../lib/config/close-quietly';
import { diagnostics, Handler } from '../../lib/logging';
import { capturedStderr } from '../support/captured-stderr';
import { until } from '../support/until';

class Failing extends Handler {
  readonly #fail: () => void | Promise<void>;

  constructor(name: string, fail: () => void | Promise<void>) {
    super({ name });
    this.#fail = fail;
  }

  override close(): void | Promise<void> {
    void super.close();
    return this.#fail();
  }
}

describe('closeQuietly', () => {
  it('reports what close throws', () => {
    capturedStderr();
    const handler = new Failing('thrower', () => {
      throw new Error('stuck');
    });

    closeQuietly(handler);

    expect(handler.closed).toBe(true);
    expect(diagnostics.count(handler.describe())).toBe(1);
  });

  it('reports a promise that is rejected', async () => {
    capturedStderr();
    const handler = new Failing('rejecter', async () => {
      throw new Error('stuck');
    });

    closeQuietly(handler);

    await until(() => diagnostics.count('Failing rejecter') === 1);
  });
});
