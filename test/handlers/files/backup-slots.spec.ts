import { describe, expect, it } from 'vitest';
import { backupSlots, shifts, slotsInUse } from '../../../lib/handlers/files/backup-slots';

describe('backupSlots', () => {
  it('counts from the newest to the oldest', () => {
    expect(backupSlots(3, () => false)).toEqual([1, 2, 3]);
    expect(backupSlots(0, () => false)).toEqual([]);
  });

  it('skips taken numbers and keeps as many', () => {
    expect(backupSlots(3, (slot) => slot === 1 || slot === 3)).toEqual([2, 4, 5]);
  });

  it('ends when everything is taken', () => {
    expect(backupSlots(2, () => true)).toEqual([]);
  });
});

describe('slotsInUse', () => {
  const among =
    (...slots: readonly number[]) =>
    (slot: number): boolean =>
      slots.includes(slot);

  it('continues beyond the count while backups follow', () => {
    expect(slotsInUse(2, { isUsed: among(1, 3, 4, 6), isTaken: () => false })).toEqual([1, 2, 3, 4]);
    expect(slotsInUse(0, { isUsed: among(1, 2), isTaken: () => false })).toEqual([1, 2]);
    expect(slotsInUse(0, { isUsed: () => false, isTaken: () => false })).toEqual([]);
  });

  it('skips taken numbers', () => {
    expect(slotsInUse(0, { isUsed: among(1, 3), isTaken: among(2) })).toEqual([1, 3]);
  });

  it('ends when all numbers have one name', () => {
    expect(slotsInUse(0, { isUsed: () => true, isTaken: () => false }).length).toBe(10_000);
  });
});

describe('shifts', () => {
  it('moves the oldest first', () => {
    expect(shifts([1, 2, 3])).toEqual([
      { from: 2, to: 3 },
      { from: 1, to: 2 },
    ]);
  });

  it('moves across a skipped number', () => {
    expect(shifts([1, 3])).toEqual([{ from: 1, to: 3 }]);
  });

  it('moves nothing for one backup, or none', () => {
    expect(shifts([1])).toEqual([]);
    expect(shifts([])).toEqual([]);
  });
});
