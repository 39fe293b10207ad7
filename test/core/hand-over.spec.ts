/** Records that are handed over when a formatter ends the process: each is written or counted on stderr. */
import { describe, expect, it } from 'vitest';
import { handOverAll } from '../../lib/core/hand-over';
import { capturedStderr } from '../support/captured-stderr';
import { runChild } from '../support/child';
import { some } from '../support/some';

/** A formatter that ends the process at the record `500`. */
const SET_UP = `
  const { getLogger, MemoryHandler, StreamHandler, HindsightHandler, runInScope } = lib('logging');
  const format = (record) => (record.getMessage() === '500' ? process.exit(3) : record.getMessage());
  const target = new StreamHandler(process.stdout, { formatter: { format } });
  const log = getLogger('shop');
  log.setLevel('DEBUG');
  const thousand = (each = () => {}) => { for (let i = 0; i < 1000; i++) { log.debug('%d', i); each(i); } };`;

/** The sum of the records that stderr says were not written. */
function countedOn(stderr: string): number {
  const counts = [...stderr.matchAll(/(\d+|a) records? (?:were|was) not written/g)];
  return counts.reduce((sum, [, count]) => sum + (count === 'a' ? 1 : Number(count)), 0);
}

describe('a formatter that ends the process', { timeout: 30_000 }, () => {
  it.each([
    [
      'in the middle of a dump',
      `getLogger().addHandler(new HindsightHandler(target));
       try { runInScope({ dumpRecord: false }, () => { thousand(); throw new Error('boom'); }); } catch {}`,
    ],
    [
      'while a MemoryHandler is flushed',
      `const memory = new MemoryHandler(2000, { target }); getLogger().addHandler(memory); thousand(); memory.flush();`,
    ],
    [
      'while the records of a success are written by level',
      `getLogger().addHandler(new HindsightHandler(target, { passThroughLevel: null }));
       runInScope({ passThroughLevel: null }, () => thousand());`,
    ],
  ])('%s: what is not written is counted', async (_when, program) => {
    const { code, stdout, stderr } = await runChild(SET_UP + program);
    const written = stdout.split('\n').filter((line) => line !== '').length;

    expect(code).toBe(3);
    expect(written).toBe(500);
    expect(countedOn(stderr)).toBe(500);
  });

  it('counts the record that it was given', async () => {
    const { stderr } = await runChild(`${SET_UP} getLogger().addHandler(target); log.debug('500');`);

    expect(countedOn(stderr)).toBe(1);
  });
});

describe('handOverAll', () => {
  it('hands over the records behind one whose delivery throws', () => {
    const stderr = capturedStderr();
    const delivered: string[] = [];
    handOverAll(
      ['a', 'b', 'c'].map((message) => some.record({ message })),
      (record) => {
        if (record.getMessage() === 'b') throw new Error('not this one');
        delivered.push(record.getMessage());
      },
    );

    expect(delivered).toEqual(['a', 'c']);
    expect(stderr.text).toContain('a record was not handed over: Error: not this one');
  });
});
