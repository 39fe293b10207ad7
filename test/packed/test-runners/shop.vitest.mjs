import { createRequire } from 'node:module';
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from 'vitest';

createRequire(import.meta.url)('./scenarios.cjs')({
  describe,
  it,
  beforeAll,
  afterAll,
  beforeEach,
  afterEach,
  failing: it.fails,
  concurrently(name, define) {
    // oxlint-disable-next-line vitest/valid-title -- the title comes from the scenarios
    describe.concurrent(name, () => {
      define(it);
    });
  },
});
