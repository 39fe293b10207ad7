import { describe, expect, it } from 'vitest';
import { backupSlots, shifts } from '../../../lib/handlers/rotating-file/backup-slots';

describe('backupSlots', () => {
  it('counts from the newest to the oldest', () => {
    expect(backupSlots(3, () => false)).toEqual([1, 2, 3]);
    expect(backupSlots(0, () => false)).toEqual([]);
  });

  it('steps over what is taken and keeps as many', () => {
    expect(backupSlots(3, (slot) => slot === 1 || slot === 3)).toEqual([2, 4, 5]);
  });

  it('comes to an end when everything is taken', () => {
    expect(backupSlots(2, () => true)).toEqual([]);
  });
});

describe('shifts', () => {
  it('moves the oldest first', () => {
    expect(shifts([1, 2, 3])).toEqual([
      { from: 2, to: 3 },
      { from: 1, to: 2 },
    ]);
  });

  it('moves over a slot that is left out', () => {
    expect(shifts([1, 3])).toEqual([{ from: 1, to: 3 }]);
  });

  it('has nothing to move for one backup, or none', () => {
    expect(shifts([1])).toEqual([]);
    expect(shifts([])).toEqual([]);
  });
});
