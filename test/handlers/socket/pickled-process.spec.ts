import { describe, expect, it } from 'vitest';
import { PickledProcess } from '../../../lib/handlers/socket/pickled-process';
import { decodePickle } from '../../../lib/handlers/socket/received-record';
import type { LogRecord } from '../../../lib/core/log-record';
import { some } from '../../support/some';

const pickled = new PickledProcess();

function attributesOf(record: LogRecord): unknown {
  const dict = Buffer.concat([Buffer.from('}('), pickled.bytes(record), Buffer.from('u.')]);
  return Object.fromEntries(decodePickle(dict) as ReadonlyMap<string, unknown>);
}

const OWN = { thread: 0, threadName: 'MainThread', processName: 'MainProcess', process: process.pid };

describe('PickledProcess', () => {
  it('keeps its bytes while nothing changes', () => {
    expect(pickled.bytes(some.record())).toBe(pickled.bytes(some.record()));
  });

  it.each([{ thread: 5 }, { threadName: 't' }, { processName: 'p' }, { process: 1 }])(
    'sees a record of %o, and its own again',
    (change) => {
      // A worker of the test runner has a number of its own.
      const record = Object.assign(some.record(), OWN, change);

      expect(attributesOf(record)).toEqual({ ...OWN, ...change });
      expect(attributesOf(Object.assign(some.record(), OWN))).toEqual(OWN);
    },
  );
});
