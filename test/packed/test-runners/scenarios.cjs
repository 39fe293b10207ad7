/** The tests that each runner runs. They use only hooks that all three runners have. The spec lists which of them print. */
const assert = require('node:assert/strict');
const { createServer } = require('node:http');
const { setTimeout: wait } = require('node:timers/promises');
const { getLogger, StreamHandler } = require('nestjs-hindsight/logging');
const { CollectingHandler } = require('nestjs-hindsight/testing');

const log = getLogger('shop');
const fail = () => assert.equal(1, 2);
const TIMEOUT_MS = 150;

module.exports = ({ describe, it, beforeAll, afterAll, beforeEach, afterEach, concurrently, failing }) => {
  const seen = new CollectingHandler();
  let server;

  beforeAll(async () => {
    getLogger().setLevel('INFO');
    getLogger().addHandler(seen);
    getLogger().addHandler(new StreamHandler(process.stdout, { formatter: { format: () => 'OWN HANDLER' } }));
    server = createServer((request, response) => {
      log.debug('serving %s', request.url);
      response.end();
    });
    await new Promise((resolve) => server.listen(0, resolve));
    log.debug('started');
  });
  afterAll(async () => {
    log.info('stopping');
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const ask = async (path) => (await fetch(`http://127.0.0.1:${server.address().port}${path}`)).text();

  it('passes', async () => {
    log.debug('debug of a success');
    log.error('error of a success');
    await ask('/success');
  });
  it('changes no level', () => {
    seen.clear();
    log.debug('not for handlers');
    log.info('for handlers');
    assert.deepEqual(seen.messages, ['for handlers']);
    assert.equal(getLogger().level, 20);
  });
  it('fails an assertion', () => {
    log.debug('two\nlines');
    fail();
  });
  it('fails later', async () => {
    log.debug('before');
    await wait(1);
    log.info('after');
    fail();
  });
  it('asks a server', async () => {
    await ask('/failing');
    fail();
  });
  it('takes too long', { timeout: TIMEOUT_MS }, async () => {
    log.debug('going to wait');
    await wait(2 * TIMEOUT_MS);
  });
  failing?.('is marked as failing', () => {
    log.error('in spite of its mark');
    fail();
  });
  describe('a beforeEach', () => {
    beforeEach(() => {
      log.debug('preparing badly');
      fail();
    });
    it('fails', () => {});
  });
  describe('an afterEach', () => {
    afterEach(() => {
      log.debug('cleaning badly');
      fail();
    });
    it('fails', () => log.debug('all well so far'));
  });
  describe('a beforeAll', () => {
    beforeAll(() => {
      log.debug('starting badly');
      fail();
    });
    it('fails', () => {});
  });
  concurrently('at the same time', (test) => {
    for (const number of [1, 2, 3]) {
      test(`number ${number}`, async () => {
        log.debug('begin %d', number);
        await wait(20);
        log.debug('end %d', number);
        if (number === 2) fail();
      });
    }
  });
};
