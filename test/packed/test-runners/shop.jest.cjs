const { bufferUntilFailure } = require('nestjs-hindsight/testing');

require('./scenarios.cjs')({
  describe,
  it: (name, ...rest) => it(name, rest.at(-1), rest[0].timeout),
  beforeAll,
  afterAll,
  beforeEach,
  afterEach,
  failing: it.failing,
  concurrently: (name, define) =>
    describe(name, () => define((title, test) => it.concurrent(title, bufferUntilFailure(test)))),
});
