import { createRequire } from 'node:module';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { bufferUntilFailure } from 'nestjs-hindsight/testing';

createRequire(import.meta.url)('./scenarios.cjs')({
  describe,
  it,
  beforeAll: before,
  afterAll: after,
  beforeEach,
  afterEach,
  concurrently: (name, define) =>
    describe(name, { concurrency: true }, () => define((title, test) => it(title, bufferUntilFailure(test)))),
});
