import { afterEach, describe, expect, it } from 'vitest';
import { captureWarnings } from '../../lib/core/capture-warnings';
import { getLogger } from '../../lib/core/manager';
import { WARNING } from '../../lib/core/level';
import { CollectingHandler } from '../../lib/testing';
import { runChild } from '../support/child';

const logger = getLogger('node.warnings');
const seen = new CollectingHandler();

afterEach(() => {
  captureWarnings(false);
  logger.removeHandler(seen);
  seen.clear();
});

describe('captureWarnings', { timeout: 30_000 }, () => {
  it('logs process warnings to node.warnings at WARNING, with their stack', () => {
    logger.addHandler(seen);
    captureWarnings(true);
    const warning = Object.assign(new Error('old api'), { name: 'DeprecationWarning' });

    process.emit('warning', warning);

    expect(seen.records).toMatchObject([{ name: 'node.warnings', levelno: WARNING, excInfo: warning }]);
    expect(seen.messages).toEqual(['DeprecationWarning: old api']);
  });

  it('logs each once, however often it is switched on', () => {
    logger.addHandler(seen);
    captureWarnings(true);
    captureWarnings(true);

    process.emit('warning', new Error('x'));

    expect(seen.records).toHaveLength(1);
  });

  it('leaves no listener when it is switched off', () => {
    const before = process.listenerCount('warning');
    captureWarnings(true);
    captureWarnings(false);
    captureWarnings(false);

    expect(process.listenerCount('warning')).toBe(before);
  });

  it('does not print a warning a second time when nobody handles the logger', async () => {
    const { stderr } = await runChild(
      `lib('core/capture-warnings').captureWarnings(true);
       process.emitWarning('old api', 'CustomWarning');`,
    );

    expect(stderr.match(/old api/g)).toHaveLength(1);
  });
});
