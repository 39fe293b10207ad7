import { describe, expect, it } from 'vitest';
import {
  claimedEntries,
  deliveryCounts,
  entriesOf,
  lastAdded,
  lastDelivered,
  missingBetween,
  readEntries,
} from '../../../lib/queues/redis-stream/replies';

const ENTRY = ['1-0', ['r', 'text']];

describe('entriesOf', () => {
  it('reads id and record', () => {
    expect(entriesOf([ENTRY])).toEqual([{ id: '1-0', text: 'text', trimmed: false }]);
  });

  it('distinguishes a trimmed entry from one of another program', () => {
    expect(
      entriesOf([
        ['1-0', null],
        ['2-0', ['other', 'x']],
      ]),
    ).toEqual([
      { id: '1-0', text: undefined, trimmed: true },
      { id: '2-0', text: undefined, trimmed: false },
    ]);
  });

  it.each([null, 'OK', [null], [[1, ['r', 'x']]]])('finds nothing in %j', (reply) => {
    expect(entriesOf(reply)).toEqual([]);
  });
});

describe('readEntries', () => {
  it('reads the entries of the stream, and null as none', () => {
    expect(readEntries([['logs', [ENTRY]]])).toHaveLength(1);
    expect(readEntries(null)).toEqual([]);
  });
});

describe('claimedEntries', () => {
  it('reads the entries and counts the trimmed ones', () => {
    expect(claimedEntries(['5-0', [ENTRY], ['3-0', '4-0']])).toEqual({
      entries: [{ id: '1-0', text: 'text', trimmed: false }],
      trimmed: 2,
    });
  });

  it('counts no trimmed entries if the reply of an older Redis has no third part', () => {
    expect(claimedEntries(['0-0', []])).toEqual({ entries: [], trimmed: 0 });
  });
});

describe('deliveryCounts', () => {
  it('maps ids to counts', () => {
    expect([...deliveryCounts([['1-0', 'a', 12, 3]])]).toEqual([['1-0', 3]]);
  });
});

describe('lastDelivered', () => {
  it('is the id of the group', () => {
    const groups = [
      ['name', 'other', 'last-delivered-id', '1-1'],
      ['name', 'mine', 'last-delivered-id', '2-7'],
    ];

    expect(lastDelivered(groups, 'mine')).toBe('2-7');
    expect(lastDelivered(groups, 'nobody')).toBeUndefined();
  });
});

describe('lastAdded', () => {
  it('is the last generated id, also if the entry is gone', () => {
    expect(lastAdded(['length', 0, 'last-generated-id', '2-7'])).toBe('2-7');
    expect(lastAdded(undefined)).toBeUndefined();
  });
});

describe('missingBetween', () => {
  it('counts by the second part of the ids', () => {
    expect(missingBetween('1700000000000-7', '1700000000000-8')).toBe(0);
    expect(missingBetween('1700000000000-7', '1700000000900-18')).toBe(10);
    expect(missingBetween('0-0', '1700000000000-1')).toBe(0);
  });

  it('is 0 for entries of other programs, whose ids do not count', () => {
    expect(missingBetween('1700000000000-7', '1700000000900-0')).toBe(0);
  });
});
