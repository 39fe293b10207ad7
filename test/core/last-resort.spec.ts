import { afterEach, describe, expect, it } from 'vitest';
import { loggingSettings } from '../../lib/core/diagnostics';
import { lastResort } from '../../lib/core/last-resort';
import { Manager } from '../../lib/core/manager';
import { NullHandler } from '../../lib/handlers';
import { CollectingHandler } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';

const original = lastResort.handler;

afterEach(() => {
  lastResort.handler = original;
  lastResort.warned = false;
  loggingSettings.raiseExceptions = true;
});

describe('lastResort', () => {
  it('prints the message of warnings and above when there is no handler', () => {
    const stderr = capturedStderr();
    const manager = new Manager();
    manager.root.setLevel('DEBUG');
    const logger = manager.getLogger('nobody listens');

    logger.info('below');
    logger.warning('order %d', 13, { user: 'ann' });

    expect(stderr.text).toBe('order 13\n');
  });

  it('prints a message with several lines as one line', () => {
    const stderr = capturedStderr();

    new Manager().getLogger('nobody listens').error('order 13\nERROR forged\u001b[A');

    expect(stderr.text).toBe('order 13\\nERROR forged\\x1b[A\n');
  });

  it('is silent if there is any handler, even one that drops everything', () => {
    const stderr = capturedStderr();
    const manager = new Manager();
    manager.root.addHandler(new NullHandler());

    manager.getLogger('a').error('x');

    expect(stderr.text).toBe('');
  });

  it('may be replaced', () => {
    const seen = new CollectingHandler({ level: 'ERROR' });
    lastResort.handler = seen;
    const logger = new Manager().getLogger('a');

    logger.warning('below');
    logger.error('x');

    expect(seen.messages).toEqual(['x']);
  });

  it('if removed, prints one warning for the whole process', () => {
    const stderr = capturedStderr();
    lastResort.handler = undefined;

    new Manager().getLogger('first').error('x');
    new Manager().getLogger('second').error('x');

    expect(stderr.text).toBe('No handlers could be found for logger "first"\n');
  });

  it('if removed, is silent when raiseExceptions is false', () => {
    const stderr = capturedStderr();
    lastResort.handler = undefined;
    loggingSettings.raiseExceptions = false;

    new Manager().getLogger('first').error('x');

    expect(stderr.text).toBe('');
  });
});
