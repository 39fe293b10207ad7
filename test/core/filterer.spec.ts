import { describe, expect, it, vi } from 'vitest';
import { Filter, Filterer } from '../../lib/core/filterer';
import type { LogRecord } from '../../lib/core/log-record';
import { some } from '../support/some';

describe('Filter', () => {
  it.each([
    ['', 'anything', true],
    ['a.b', 'a.b', true],
    ['a.b', 'a.b.c', true],
    ['a.b', 'a.bb', false],
    ['a.b', 'a', false],
  ])('named %j answers %j with %s', (filter, name, passes) => {
    expect(new Filter(filter).filter(some.record({ name }))).toBe(passes);
  });

  it('passes everything without a name', () => {
    expect(new Filter().filter(some.record())).toBe(true);
  });
});

class Subject extends Filterer {}

describe('Filterer', () => {
  it('asks functions and objects, and stops at the first that drops', () => {
    const asked = vi.fn(() => true);
    const subject = new Subject();
    subject.addFilter(() => 'truthy');
    subject.addFilter({ filter: () => 0 });
    subject.addFilter(asked);

    expect(subject.filter(some.record())).toBe(false);
    expect(asked).not.toHaveBeenCalled();
  });

  it.each([0, '', null, undefined, false, NaN])('drops on %o', (result) => {
    const subject = new Subject();
    subject.addFilter(() => result);

    expect(subject.filter(some.record())).toBe(false);
  });

  it('hands a replaced record to the filters after it', () => {
    const seen: LogRecord[] = [];
    const replacement = some.record({ message: 'replaced' });
    const subject = new Subject();
    subject.addFilter(() => replacement);
    subject.addFilter((record) => seen.push(record));

    expect(subject.filter(some.record())).toBe(replacement);
    expect(seen).toEqual([replacement]);
  });

  it('returns the record itself when nothing is replaced', () => {
    const record = some.record();
    const subject = new Subject();
    subject.addFilter(() => true);

    expect(subject.filter(record)).toBe(record);
  });

  it('keeps `this` of a filter object', () => {
    const filter = {
      allowed: 'order placed',
      filter(record: LogRecord): boolean {
        return record.getMessage() === this.allowed;
      },
    };
    const subject = new Subject();
    subject.addFilter(filter);

    expect(subject.filter(some.record())).not.toBe(false);
  });

  it('does not add a filter twice, and removes in silence what is not there', () => {
    const filter = (): boolean => true;
    const subject = new Subject();
    subject.addFilter(filter);
    subject.addFilter(filter);
    subject.removeFilter(() => false);
    expect(subject.filters).toEqual([filter]);

    subject.removeFilter(filter);
    expect(subject.filters).toEqual([]);
  });

  it('asks every filter when one removes itself meanwhile', () => {
    const subject = new Subject();
    const second = vi.fn(() => true);
    const once = (): boolean => {
      subject.removeFilter(once);
      return true;
    };
    subject.addFilter(once);
    subject.addFilter(second);

    subject.filter(some.record());

    expect(second).toHaveBeenCalledOnce();
  });
});
